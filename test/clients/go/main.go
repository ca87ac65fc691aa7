// Asks the read-only endpoint what Grafana's data source and Go programs ask, with every compression, by the
// driver's own interface and by database/sql, and prints what came back as one JSON document.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	clickhouse "github.com/ClickHouse/clickhouse-go/v2"
)

type findings map[string]any

var methods = map[string]clickhouse.CompressionMethod{
	"none": clickhouse.CompressionNone,
	"gzip": clickhouse.CompressionGZIP,
	"lz4":  clickhouse.CompressionLZ4,
	"zstd": clickhouse.CompressionZSTD,
	"br":   clickhouse.CompressionBrotli,
}

func options(method clickhouse.CompressionMethod) *clickhouse.Options {
	return &clickhouse.Options{
		Addr:        []string{os.Getenv("ENDPOINT_ADDRESS")},
		Protocol:    clickhouse.HTTP,
		Auth:        clickhouse.Auth{Database: "vigilstream", Username: "reader", Password: os.Getenv("ENDPOINT_PASSWORD")},
		Compression: &clickhouse.Compression{Method: method},
		DialTimeout: 5 * time.Second,
		ReadTimeout: 30 * time.Second,
		Settings:    clickhouse.Settings{"max_execution_time": 20},
		ClientInfo:  clickhouse.ClientInfo{Products: []struct{ Name, Version string }{{"grafana", "12.0"}}},
	}
}

// The code of an exception, whatever it is wrapped in; 0 for none. Over HTTP the driver has only its text.
func codeOf(err error) int {
	if err == nil {
		return 0
	}
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		return int(exception.Code)
	}
	text, code := err.Error(), 0
	for i := range text {
		if n, _ := fmt.Sscanf(text[i:], "Code: %d.", &code); n == 1 {
			return code
		}
		if n, _ := fmt.Sscanf(text[i:], "code: %d", &code); n == 1 {
			return code
		}
	}
	return -1
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

const series = `SELECT toStartOfDay(created_at) AS time, source, count() AS n, avg(revision) AS a, uniqExact(author) AS u,
  any(lang) AS l, [1, 2] AS arr, map('k', toUInt64(1)) AS m, CAST(NULL AS Nullable(Float64)) AS nn,
  (1, 'x') AS t, toString(toDecimal64(1.5, 2)) AS d, any(author) != '' AS b
FROM posts WHERE source = @source AND created_at >= @from GROUP BY time, source ORDER BY time LIMIT 2`

const rowsSQL = "SELECT post_id, created_at, source, lang, author, revision, author_automated, links, edited_at FROM posts"

func native(ctx context.Context, method clickhouse.CompressionMethod) findings {
	out := findings{}
	conn, err := clickhouse.Open(options(method))
	must(err)
	defer conn.Close()
	must(conn.Ping(ctx))
	server, err := conn.ServerVersion()
	must(err)
	out["server"] = server.DisplayName

	rows, err := conn.Query(ctx, series, clickhouse.Named("source", "reddit"),
		clickhouse.DateNamed("from", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), clickhouse.Seconds))
	must(err)
	var lines []any
	for rows.Next() {
		var (
			at           time.Time
			source, lang string
			n, unique    uint64
			average      float64
			array        []uint8
			dictionary   map[string]uint64
			nothing      *float64
			tuple        []any
			decimal      string
			yes          uint8
		)
		must(rows.Scan(&at, &source, &n, &average, &unique, &lang, &array, &dictionary, &nothing, &tuple, &decimal, &yes))
		lines = append(lines, []any{at.UTC().Format(time.RFC3339), source, n, average, unique, len(array), dictionary["k"], nothing == nil, fmt.Sprint(tuple...), decimal, yes})
	}
	must(rows.Err())
	out["series"] = lines

	count := 0
	rows, err = conn.Query(ctx, rowsSQL)
	must(err)
	for rows.Next() {
		count++
	}
	must(rows.Err())
	out["rows"] = count

	many := 0
	rows, err = conn.Query(ctx, "SELECT number, toString(number) FROM numbers(300000)")
	must(err)
	for rows.Next() {
		many++
	}
	must(rows.Err())
	out["many"] = many

	var text string
	var number uint8
	with := clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"d": "o'h", "n": "3"}))
	must(conn.QueryRow(with, "SELECT {d:String}, {n:UInt8}").Scan(&text, &number))
	out["parameters"] = []any{text, number}

	codes := findings{}
	codes["drop"] = codeOf(conn.Exec(ctx, "DROP TABLE posts"))
	_, err = conn.Query(ctx, "SELECT nosuch FROM posts")
	codes["unknown"] = codeOf(err)
	_, err = conn.Query(ctx, "SELECT file('/etc/hostname')")
	codes["file"] = codeOf(err)
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO posts (post_id)")
	if err == nil {
		err = batch.Append("x")
		if err == nil {
			err = batch.Send()
		}
	}
	codes["insertFails"] = err != nil
	out["codes"] = codes

	leaving, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_, err = conn.Query(leaving, "SELECT count() FROM system.numbers WHERE sipHash64(number) = 1")
	out["cancelled"] = err != nil
	must(conn.Ping(ctx))
	return out
}

// What the data source of Grafana asks for its lists, its test button and its panels.
var grafana = []string{
	"SELECT version()",
	"SELECT timezone()",
	"SHOW DATABASES",
	"SHOW TABLES FROM vigilstream",
	"SELECT name FROM system.databases",
	"SELECT name, database FROM system.tables WHERE database = 'vigilstream'",
	"SELECT name, type, table FROM system.columns WHERE database = 'vigilstream' AND table = 'posts'",
	"DESC TABLE vigilstream.posts",
	"SELECT DISTINCT source FROM posts LIMIT 1000",
	"SELECT created_at AS time, post_id, text FROM vigilstream.posts WHERE source IN ('x', 'reddit') ORDER BY time DESC LIMIT 10",
	"SELECT 1 WHERE 0",
}

func standard(ctx context.Context, method clickhouse.CompressionMethod) findings {
	out := findings{}
	db := clickhouse.OpenDB(options(method))
	db.SetMaxOpenConns(10)
	defer db.Close()
	must(db.PingContext(ctx))

	counts := []int{}
	for _, query := range grafana {
		rows, err := db.QueryContext(ctx, query)
		if err != nil {
			panic(fmt.Sprint(query, err))
		}
		n := 0
		for rows.Next() {
			n++
		}
		must(rows.Err())
		counts = append(counts, n)
	}
	out["grafana"] = counts

	rows, err := db.QueryContext(ctx, rowsSQL+" ORDER BY created_at LIMIT 1")
	must(err)
	kinds, err := rows.ColumnTypes()
	must(err)
	types := []string{}
	for _, kind := range kinds {
		types = append(types, kind.DatabaseTypeName())
	}
	out["types"] = types
	var (
		id, source, lang, author string
		at                       time.Time
		revision                 uint32
		automated                bool
		links                    []string
		edited                   sql.NullTime
	)
	rows.Next()
	must(rows.Scan(&id, &at, &source, &lang, &author, &revision, &automated, &links, &edited))
	out["row"] = []any{id, at.UTC().Format(time.RFC3339), source, lang, author, revision, automated, len(links), edited.Valid}
	must(rows.Close())

	var n uint64
	must(db.QueryRowContext(ctx, "SELECT count() FROM posts WHERE lang = ?", "en").Scan(&n))
	out["placeholder"] = n
	_, err = db.ExecContext(ctx, "TRUNCATE TABLE posts")
	out["truncate"] = codeOf(err)
	return out
}

func main() {
	ctx := context.Background()
	all := findings{}
	for name, method := range methods {
		all["native "+name] = native(ctx, method)
		all["sql "+name] = standard(ctx, method)
	}
	must(json.NewEncoder(os.Stdout).Encode(all))
}
