import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import user.UserOuterClass.ListUsersResponse;
import user.UserOuterClass.User;

/** A client of the HTTP API with java.net.http. Its messages are made of proto/user.proto by protoc. */
public final class Client {
    private static final JsonFormat.Parser PARSER = JsonFormat.parser().ignoringUnknownFields();

    private final String url;
    private final HttpClient http = HttpClient.newHttpClient();
    private int waits = 0;

    Client(String url) {
        this.url = url;
    }

    /** One request. It is sent again while the server asks to wait. */
    HttpResponse<String> call(String method, String path, String body, String... fields) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(10));
        request.method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!body.isEmpty()) request.header("Content-Type", "application/json");
        if (fields.length > 0) request.headers(fields);
        for (int attempt = 0;; ++attempt) {
            var answer = http.send(request.build(), BodyHandlers.ofString());
            if (answer.statusCode() != 429 || attempt == 20) return answer;
            ++waits;
            Thread.sleep(Duration.ofSeconds(answer.headers().firstValueAsLong("Retry-After").orElse(1)).toMillis());
        }
    }

    /** Reads the message in an answer into `out`. Fields that a newer server has added are ignored. */
    static <M extends Message.Builder> M read(HttpResponse<String> answer, M out) throws InvalidProtocolBufferException {
        if (answer.statusCode() == 200) {
            PARSER.merge(answer.body(), out);
            return out;
        }
        var problem = Struct.newBuilder();
        PARSER.merge(answer.body(), problem);
        var fields = problem.getFieldsMap();
        throw new IllegalStateException(fields.get("code").getStringValue() + ": " + fields.get("detail").getStringValue());
    }

    /** All users, which are asked for page by page. */
    List<User> users() throws IOException, InterruptedException {
        var all = new ArrayList<User>();
        var token = "";
        do {
            var page = read(call("GET", "/api/users?page_size=2&page_token=" + token, ""), ListUsersResponse.newBuilder());
            all.addAll(page.getUsersList());
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        return all;
    }

    /** Changes the user as it was read. After a change by somebody else it reads the user again. */
    User rename(String id, String name) throws IOException, InterruptedException {
        var path = "/api/users/" + id;
        var body = JsonFormat.printer().print(User.newBuilder().setName(name));
        while (true) {
            var tag = call("GET", path, "").headers().firstValue("ETag").orElseThrow();
            var changed = call("PATCH", path, body, "If-Match", tag);
            if (changed.statusCode() != 412) return read(changed, User.newBuilder()).build();
        }
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        var client = new Client(arguments[0]);
        var alice = User.newBuilder();
        for (int i = 0; i < 5; ++i) {
            var body = "{\"email\":\"java-" + i + "@example.com\",\"name\":\"Alice\"}";
            alice = read(client.call("POST", "/api/users", body), User.newBuilder());
        }
        var path = "/api/users/" + alice.getId();
        var tag = client.call("GET", path, "").headers().firstValue("ETag").orElseThrow();
        var again = client.call("GET", path, "", "If-None-Match", tag);
        client.call("PATCH", path, "{\"name\":\"changed by another client\"}");
        var late = client.call("PATCH", path, "{\"name\":\"late\"}", "If-Match", tag);
        var renamed = client.rename(alice.getId(), "Alicia");
        System.out.printf("{\"listed\":%d,\"unchanged\":%d,\"late\":%d,\"name\":\"%s\",\"version\":%d,\"waited\":%b}%n",
                client.users().size(), again.statusCode(), late.statusCode(), renamed.getName(), renamed.getVersion(), client.waits > 0);
    }
}
