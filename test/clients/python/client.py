"""Asks the read-only endpoint by clickhouse-connect, with every compression; prints one JSON document."""

import json
import os
from datetime import timezone

import clickhouse_connect
from clickhouse_connect.driver.exceptions import DatabaseError

HOST, PORT = os.environ["ENDPOINT_ADDRESS"].rsplit(":", 1)


def connect(compress):
    return clickhouse_connect.get_client(
        host=HOST,
        port=int(PORT),
        username="reader",
        password=os.environ["ENDPOINT_PASSWORD"],
        database="vigilstream",
        compress=compress,
    )


def code_of(work):
    """The engine's code of the error that some work ends with; 0 where it ends well."""
    try:
        work()
    except DatabaseError as error:
        text = str(error).lower()
        return int(text.split("code: ", 1)[1].split(".", 1)[0].split(",", 1)[0].split()[0])
    return 0


def ask(compress):
    client = connect(compress)
    first = client.query(
        "SELECT {a:String}, {b:Array(UInt8)}, toDecimal32(1.5, 2), [1, 2], map('k', 1)",
        parameters={"a": "o'h\n\tx", "b": [1, 2]},
    ).result_rows[0]
    bound = client.query(
        "SELECT count() FROM posts WHERE source = %(source)s", parameters={"source": "reddit"}
    ).result_rows
    row = client.query(
        "SELECT post_id, created_at, source, lang, revision, author_automated, links, edited_at"
        " FROM posts ORDER BY created_at LIMIT 1"
    ).result_rows[0]
    with client.query_row_block_stream("SELECT number, toString(number) FROM numbers(300000)") as stream:
        many = sum(len(block) for block in stream)
    found = {
        "ping": client.ping(),
        "parameters": [first[0], list(first[1]), str(first[2]), list(first[3]), first[4]],
        "bound": bound[0][0],
        "row": [row[0], row[1].astimezone(timezone.utc).isoformat(), *row[2:6], len(row[6]), row[7]],
        "rows": len(client.query("SELECT post_id, text, created_at, author FROM posts").result_rows),
        "many": many,
        "command": client.command("SELECT count() FROM posts"),
        "raw": client.raw_query("SELECT 1 AS a", fmt="JSONEachRow").decode(),
        "tables": "posts" in [name for (name,) in client.query("SHOW TABLES").result_rows],
        "drop": code_of(lambda: client.command("DROP TABLE posts")),
        "unknown": code_of(lambda: client.query("SELECT nosuch FROM posts")),
        "file": code_of(lambda: client.query("SELECT file('/etc/hostname')")),
        "insert": code_of(lambda: client.insert("posts", [["x"]], column_names=["post_id"])) != 0,
    }
    client.close()
    return found


print(json.dumps({str(compress): ask(compress) for compress in (True, False, "zstd", "lz4", "gzip")}))
