"""`incidentbase account create|role|login-link|reset`: accounts without a browser."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from incidentbase.kit import clock
from incidentbase.serve.http import diagnosis
from incidentbase.serve.management.commands.serve import DEFAULT_PORT
from incidentbase.serve.web import entering
from incidentbase.store.accounts import actions, queries, rules


class Command(BaseCommand):
    """Looks after accounts; whoever may run it may do what an admin may."""

    help = "Make an account, give it roles, print a link that signs in, or reset what was lost."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("task", choices=["create", "role", "login-link", "reset"])
        parser.add_argument("--email", required=True, help="the address of the account")
        parser.add_argument(
            "--role",
            action="append",
            default=[],
            metavar="ROLE",
            help="may be repeated: subscriber, submitter, incident_editor, taxonomy_editor, "
            "taxonomy_editor:NAMESPACE, admin (with `role`: all that the account then has)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the task."""
        diagnosis.require_migrated()
        actor = rules.system("command", clock.now())
        grants = _grants(options["role"])
        email = options["email"]
        if options["task"] == "create":
            _create(email, grants, actor)
            self.stdout.write(f"The account of {rules.normal_address(email)} has been made.")
        elif options["task"] == "role":
            self._set_roles(email, grants, actor)
        elif options["task"] == "login-link":
            self._print_link(email)
        else:
            actions.forget_credentials(_id_of(email), actor=actor)
            self.stdout.write("Passkeys, authenticator app, recovery codes and password are gone.")

    def _set_roles(self, email: str, grants: list[rules.Grant], actor: rules.Viewer) -> None:
        if not grants:
            raise CommandError("name at least one --role")
        try:
            actions.set_roles(_id_of(email), grants, actor=actor)
        except rules.LastAdmin:
            raise CommandError("this is the only admin; make somebody else one first") from None
        self.stdout.write("Roles: " + ", ".join(map(str, sorted(set(grants)))))

    def _print_link(self, email: str) -> None:
        account = queries.signing_in(_id_of(email))
        if account is None:
            raise CommandError(f"nobody can sign in as {email}")
        site = settings.SITE_URL or f"http://127.0.0.1:{DEFAULT_PORT}"
        self.stdout.write(site + entering.login_path(account))
        self.stdout.write("It works once, within a day.")


def _create(email: str, grants: list[rules.Grant], actor: rules.Viewer) -> None:
    try:
        validate_email(email.strip())
    except ValidationError:
        raise CommandError(f"{email!r} is not an e-mail address") from None
    try:
        actions.register(email, actor=actor, grants=[rules.Grant(rules.SUBSCRIBER), *grants])
    except actions.AddressTaken:
        raise CommandError(f"there is an account of {email} already") from None


def _grants(texts: list[str]) -> list[rules.Grant]:
    try:
        return [rules.Grant(*text.split(":", 1)) for text in texts]
    except ValueError as error:
        raise CommandError(f"{error}; there are {', '.join(rules.ROLES)}") from None


def _id_of(email: str) -> str:
    public_id = queries.id_of_address(email)
    if public_id is None:
        raise CommandError(f"there is no account of {email}")
    return public_id
