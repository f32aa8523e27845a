// Asks an instance what an Apollo-based mirror asks, and prints what it understood as JSON.
// usage: node --input-type=module - ADDRESS < mirror.mjs, where its packages are installed
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, ServerError, gql } from "@apollo/client";

const address = process.argv[2];
const BATCH = 20;

// Records are kept by their public keys, so the concrete names of types must be the reference's.
const cache = new InMemoryCache({
  typePolicies: {
    Incident: { keyFields: ["incident_id"] },
    Report: { keyFields: ["report_number"] },
    Entity: { keyFields: ["entity_id"] },
  },
});
const client = new ApolloClient({ cache, link: new HttpLink({ uri: `${address}/api/graphql` }) });

const ENTITY = gql`
  fragment EntityParts on Entity {
    entity_id
    name
  }
`;

const INCIDENTS = gql`
  query Mirror($filter: IncidentFilterType, $sort: IncidentSortType, $pagination: PaginationType) {
    incidents(filter: $filter, sort: $sort, pagination: $pagination) {
      incident_id
      title
      date
      date_modified
      AllegedDeployerOfAISystem {
        ...EntityParts
      }
      reports {
        report_number
        title
        tags
      }
    }
  }
  ${ENTITY}
`;

const SINCE = gql`
  query Since($date: DateTime!) {
    incidents(filter: { date_modified: { GTE: $date } }, sort: { incident_id: ASC }) {
      incident_id
    }
  }
`;

async function everything() {
  const found = [];
  for (let skip = 0; ; skip += BATCH) {
    const { data } = await client.query({
      query: INCIDENTS,
      variables: { sort: { incident_id: "ASC" }, pagination: { limit: BATCH, skip } },
    });
    if (data.incidents.length === 0) return found;
    found.push(...data.incidents);
  }
}

async function newerThan(date) {
  const { data } = await client.query({ query: SINCE, variables: { date } });
  return data.incidents.map((one) => one.incident_id);
}

// A link may ask by GET, so that caches between can help.
async function byGet() {
  const link = new HttpLink({ uri: `${address}/api/graphql`, useGETForQueries: true });
  const other = new ApolloClient({ cache: new InMemoryCache(), link });
  const { data } = await other.query({
    query: INCIDENTS,
    variables: { filter: { incident_id: { GTE: 1 } }, pagination: { limit: 1 } },
  });
  return data.incidents.length;
}

async function troubleOf(query, variables) {
  try {
    await client.query({ query, variables, fetchPolicy: "no-cache" });
    return null;
  } catch (error) {
    if (CombinedGraphQLErrors.is(error)) return error.errors.map((one) => one.extensions?.code);
    if (ServerError.is(error)) return [JSON.parse(error.bodyText).errors[0].extensions.code];
    throw error;
  }
}

const incidents = await everything();
const kept = cache.extract();
const first = incidents[0];
console.log(
  JSON.stringify({
    incidents: incidents.map((one) => one.incident_id),
    typenames: [...new Set(incidents.flatMap((one) => [one, ...one.reports, ...one.AllegedDeployerOfAISystem]))]
      .map((one) => one.__typename)
      .filter((one, at, all) => all.indexOf(one) === at)
      .sort(),
    keptKeys: Object.keys(kept).filter((one) => !one.startsWith("ROOT_")),
    fromCache: cache.readFragment({
      id: cache.identify(first),
      fragment: gql`
        fragment Title on Incident {
          title
        }
      `,
    }).title === first.title,
    newer: await newerThan("1970-01-01T00:00:00.000Z"),
    future: await newerThan("2100-01-01T00:00:00.000Z"),
    byGet: await byGet(),
    unknownField: await troubleOf(gql`query { incidents { nothing } }`),
    badDate: await troubleOf(SINCE, { date: "2026-01-01" }),
    missingVariable: await troubleOf(SINCE, {}),
  }),
);
