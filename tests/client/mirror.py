"""The GraphQL operations of public clients: mirrors, connectors, tool servers, one PHP job.

In our words; their shapes are those that such clients send to the reference database.
"""

from __future__ import annotations

ENTITY = "{ __typename entity_id name created_at date_modified }"
ROLES = " ".join(
    f"{role} {ENTITY}"
    for role in (
        "AllegedDeployerOfAISystem",
        "AllegedDeveloperOfAISystem",
        "AllegedHarmedOrNearlyHarmedParties",
        "implicated_systems",
    )
)
REPORT = """{
  __typename report_number title url source_domain date_published date_submitted authors
  submitters language text image_url tags description is_incident_report inputs_outputs created_at
}"""

SHORT_LIST = """
query Incidents($filter: IncidentFilterType, $sort: IncidentSortType, $pagination: PaginationType) {
  incidents(filter: $filter, sort: $sort, pagination: $pagination) {
    __typename incident_id title date description
  }
}"""

WHOLE_LIST = f"""
query Mirror($filter: IncidentFilterType, $sort: IncidentSortType, $pagination: PaginationType) {{
  incidents(filter: $filter, sort: $sort, pagination: $pagination) {{
    __typename _id incident_id title date description date_modified created_at editor_notes
    {ROLES}
    reports {REPORT}
    editors {{ userId first_name last_name roles }}
    editor_similar_incidents editor_dissimilar_incidents
    nlp_similar_incidents {{ incident_id similarity }}
    translations(languages: ["es", "fr", "ja"]) {{ language title description dirty }}
  }}
}}"""

SINCE = """
query Since($date: DateTime!, $pagination: PaginationType) {
  incidents(
    filter: { date_modified: { GTE: $date } }
    sort: { incident_id: ASC }
    pagination: $pagination
  ) { incident_id date_modified }
}"""

KEYWORD = """
query Keyword($words: String!) {
  incidents(
    filter: {
      OR: [
        { title: { REGEX: $words, OPTIONS: "i" } }
        { description: { REGEX: $words, OPTIONS: "i" } }
      ]
    }
  ) { incident_id title description }
}"""

EXCEPT = """
query Except($known: [Int]) {
  incidents(filter: { incident_id: { NOT: { IN: $known } } }) { incident_id }
}"""

ONE = """
query One($number: Int) {
  incident(filter: { incident_id: { EQ: $number } }) {
    incident_id title reports { report_number } classifications { namespace }
  }
}"""

ONE_REPORT = """
query OneReport($number: Int) {
  report(filter: { report_number: { EQ: $number } }) { report_number title source_domain }
}"""

REPORTS = f"""
query Reports($filter: ReportFilterType, $sort: ReportSortType, $pagination: PaginationType) {{
  reports(filter: $filter, sort: $sort, pagination: $pagination) {REPORT}
}}"""

REST_OF_A_MIRROR = """
query Rest($pagination: PaginationType) {
  entities(pagination: $pagination) { entity_id name }
  classifications(pagination: $pagination) {
    _id namespace publish incidents { incident_id } attributes { short_name value_json }
  }
  taxas { namespace description field_list { short_name permitted_values } }
  users { userId first_name last_name roles }
}"""
