import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** Asks the read-only endpoint by JDBC, with packed and plain answers; prints one JSON document. */
public class Client {
    private static int count(ResultSet rows) throws SQLException {
        int n = 0;
        while (rows.next()) n++;
        return n;
    }

    private static String ask(String compress) throws SQLException {
        Properties settings = new Properties();
        settings.put("user", "reader");
        settings.put("password", System.getenv("ENDPOINT_PASSWORD"));
        settings.put("compress", compress);
        String url = "jdbc:ch:http://" + System.getenv("ENDPOINT_ADDRESS") + "/vigilstream";
        List<String> found = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url, settings);
                Statement statement = connection.createStatement()) {
            found.add("\"valid\":" + connection.isValid(5));
            try (ResultSet rows = statement.executeQuery(
                    "SELECT source, count() AS n, toUnixTimestamp(min(created_at)) AS t"
                            + " FROM posts GROUP BY source ORDER BY source LIMIT 1")) {
                rows.next();
                found.add("\"row\":[\"" + rows.getString(1) + "\"," + rows.getLong(2) + "," + rows.getLong(3) + "]");
            }
            try (PreparedStatement prepared =
                    connection.prepareStatement("SELECT count() FROM posts WHERE source = ?")) {
                prepared.setString(1, "reddit");
                ResultSet rows = prepared.executeQuery();
                rows.next();
                found.add("\"prepared\":" + rows.getLong(1));
            }
            found.add("\"rows\":" + count(statement.executeQuery("SELECT post_id, text, created_at FROM posts")));
            DatabaseMetaData meta = connection.getMetaData();
            found.add("\"tables\":" + (count(meta.getTables(null, "vigilstream", "posts", null)) > 0));
            found.add("\"columns\":" + (count(meta.getColumns(null, "vigilstream", "posts", "lang")) > 0));
            found.add("\"types\":" + (count(meta.getTypeInfo()) > 0));
            String refused = "";
            try {
                statement.execute("DROP TABLE posts");
            } catch (SQLException error) {
                refused = error.getMessage().contains("Code: 164.") ? "164" : "another error";
            }
            found.add("\"drop\":\"" + refused + "\"");
        }
        return "{" + String.join(",", found) + "}";
    }

    public static void main(String[] args) throws SQLException {
        System.out.println("{\"packed\":" + ask("true") + ",\"plain\":" + ask("false") + "}");
    }
}
