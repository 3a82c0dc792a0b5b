// A client of the HTTP API with net/http. Its messages are made of proto/user.proto by protoc.
//
// Usage: client URL
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"client/contract/user"
)

type client struct {
	url   string
	http  http.Client
	waits int
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// call makes one request. It is sent again while the server asks to wait.
func (c *client) call(method, path, body string, fields map[string]string) (answer, error) {
	for attempt := 0; ; attempt++ {
		got, err := c.once(method, path, body, fields)
		if err != nil || got.status != http.StatusTooManyRequests || attempt == 20 {
			return got, err
		}
		seconds, err := strconv.Atoi(got.header.Get("Retry-After"))
		if err != nil {
			return got, err
		}
		c.waits++
		time.Sleep(time.Duration(seconds) * time.Second)
	}
}

func (c *client) once(method, path, body string, fields map[string]string) (answer, error) {
	request, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, value := range fields {
		request.Header.Set(name, value)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, text}, err
}

// read puts the message in an answer into out. Fields that a newer server has added are ignored.
func read(got answer, err error, out proto.Message) error {
	if err != nil {
		return err
	}
	if got.status != http.StatusOK {
		var problem struct{ Code, Detail string }
		if err := json.Unmarshal(got.body, &problem); err != nil {
			return err
		}
		return fmt.Errorf("%s: %s", problem.Code, problem.Detail)
	}
	return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(got.body, out)
}

// users returns all users, and asks for them page by page.
func (c *client) users() ([]*user.User, error) {
	var all []*user.User
	query := url.Values{"page_size": {"2"}}
	for {
		var page user.ListUsersResponse
		got, err := c.call("GET", "/api/users?"+query.Encode(), "", nil)
		if err := read(got, err, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Users...)
		if page.NextPageToken == "" {
			return all, nil
		}
		query.Set("page_token", page.NextPageToken)
	}
}

// rename changes the user as it was read. After a change by somebody else it reads the user again.
func (c *client) rename(id, name string) (*user.User, error) {
	body, _ := json.Marshal(map[string]string{"name": name})
	for {
		shown, err := c.call("GET", "/api/users/"+id, "", nil)
		if err != nil {
			return nil, err
		}
		tag := map[string]string{"If-Match": shown.header.Get("ETag")}
		changed, err := c.call("PATCH", "/api/users/"+id, string(body), tag)
		if err == nil && changed.status == http.StatusPreconditionFailed {
			continue
		}
		var renamed user.User
		return &renamed, read(changed, err, &renamed)
	}
}

func (c *client) run() (map[string]any, error) {
	var alice user.User
	for i := range 5 {
		body := fmt.Sprintf(`{"email":"go-%d@example.com","name":"Alice"}`, i)
		got, err := c.call("POST", "/api/users", body, nil)
		if err := read(got, err, &alice); err != nil {
			return nil, err
		}
	}
	path := "/api/users/" + alice.Id
	first, err := c.call("GET", path, "", nil)
	if err != nil {
		return nil, err
	}
	tag := first.header.Get("ETag")
	again, err := c.call("GET", path, "", map[string]string{"If-None-Match": tag})
	if err != nil {
		return nil, err
	}
	if _, err := c.call("PATCH", path, `{"name":"changed by another client"}`, nil); err != nil {
		return nil, err
	}
	late, err := c.call("PATCH", path, `{"name":"late"}`, map[string]string{"If-Match": tag})
	if err != nil {
		return nil, err
	}
	renamed, err := c.rename(alice.Id, "Alicia")
	if err != nil {
		return nil, err
	}
	all, err := c.users()
	return map[string]any{"listed": len(all), "unchanged": again.status, "late": late.status,
		"name": renamed.Name, "version": renamed.Version, "waited": c.waits > 0}, err
}

func main() {
	c := &client{url: os.Args[1], http: http.Client{Timeout: 10 * time.Second}}
	seen, err := c.run()
	if err != nil {
		log.Fatal(err)
	}
	text, err := json.Marshal(seen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
}
