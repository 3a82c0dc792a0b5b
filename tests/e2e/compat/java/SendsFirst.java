import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;

/** Sends a body of the given size, as HttpURLConnection does before it reads anything, and prints status and body of the answer. */
public class SendsFirst {
    public static void main(String[] arguments) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) URI.create(arguments[0]).toURL().openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/json");
        connection.getOutputStream().write(new byte[Integer.parseInt(arguments[1])]);
        int status = connection.getResponseCode();
        try (InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            System.out.println(status + " " + new String(body.readAllBytes()));
        }
    }
}
