import time
import pytest
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
def test_a(page):
    t=time.time()
    page.goto("/")
    print(page.title(), time.time()-t)
def test_b(page):
    t=time.time()
    page.goto("/cite/100/")
    print(page.title(), time.time()-t)
    r = page.request.get("/static/css/parts.css")
    print(r.status, r.headers)
