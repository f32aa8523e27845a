"""The REST API `/api/v1`: reads for everybody, submissions, and the OpenAPI document of it all."""
