"""The peer's job, in a process of its own: dlt's REST source into PostgreSQL, merged by id.

`python -m benchmarks.peer ADDRESS FOLDER`; the database and the switch against its telemetry are
in the environment. Written as dlt's own pages do it. Addresses stay in their row as JSON
(`max_table_nesting`): a second table for them, its default, would only cost it time.
"""

import sys
from typing import Any

import dlt
from dlt.sources.rest_api import rest_api_source
from dlt.sources.rest_api.typing import RESTAPIConfig

from benchmarks.measuring import measured, tell

DATASET = "landing"


def source(address: str) -> Any:
    config: RESTAPIConfig = {
        "client": {
            "base_url": f"{address}/bench/",
            "headers": {"User-Token": "bench-token", "User-Secret-Key": "bench-secret"},
            "paginator": {
                "type": "page_number",
                "base_page": 1,
                "page_param": "page",
                "total_path": "meta.pagination.total_pages",
            },
        },
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
        "resources": [
            {
                "name": "customers",
                "endpoint": {
                    "path": "customers",
                    "params": {"include": "addresses", "limit": 100, "skipCache": "true"},
                    "data_selector": "data",
                },
            }
        ],
    }
    return rest_api_source(config, max_table_nesting=0)


def load(address: str, folder: str) -> None:
    pipeline = dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=folder,
        destination="postgres",
        dataset_name=DATASET,
    )
    figures, _ = measured(lambda: pipeline.run(source(address)))
    with (
        pipeline.sql_client() as client,
        client.execute_query(f"SELECT count(*) FROM {DATASET}.customers") as found,
    ):
        tell(figures, rows=found.fetchall()[0][0])


if __name__ == "__main__":
    load(sys.argv[1], sys.argv[2])
