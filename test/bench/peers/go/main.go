// A minimal Lambda extension on Go's standard library: registers, subscribes to telemetry, asks for the next event and
// writes one constant line for each invocation. It measures nothing; it shows what Go's runtime and net/http cost.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
)

const line = `{"_aws":{"Timestamp":1730450096789,"CloudWatchMetrics":[]},"event_type":"performance"}` + "\n"

func main() {
	if err := run("http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(api string) error {
	id, err := register(api)
	if err != nil {
		return err
	}
	telemetry, err := subscribe(api, id)
	if err != nil {
		return err
	}
	for {
		event, _, err := call(http.MethodGet, api+"/2020-01-01/extension/event/next", nil, id, "")
		if err != nil {
			return err
		}
		if bytes.Contains(event, []byte(`"SHUTDOWN"`)) {
			return nil
		}
		if !telemetry {
			os.Stdout.WriteString(line)
		}
	}
}

func register(api string) (string, error) {
	body := []byte(`{"events":["INVOKE","SHUTDOWN"]}`)
	_, answer, err := call(http.MethodPost, api+"/2020-01-01/extension/register", body, "", filepath.Base(os.Args[0]))
	if err != nil {
		return "", err
	}
	return answer.Header.Get("Lambda-Extension-Identifier"), nil
}

// Whether telemetry will come. It then triggers the line, because it reports the end of an invocation.
func subscribe(api, id string) (bool, error) {
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		return false, err
	}
	go http.Serve(listener, http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		batch, _ := io.ReadAll(request.Body)
		if bytes.Contains(batch, []byte("platform.runtimeDone")) {
			os.Stdout.WriteString(line)
		}
	}))
	body := fmt.Sprintf(`{"schemaVersion":"2022-12-13","types":["platform"],"buffering":{"maxItems":1000,`+
		`"maxBytes":262144,"timeoutMs":25},"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:%d"}}`,
		listener.Addr().(*net.TCPAddr).Port)
	_, answer, err := call(http.MethodPut, api+"/2022-07-01/telemetry", []byte(body), id, "")
	return err == nil && answer.StatusCode == http.StatusOK, err
}

func call(method, url string, body []byte, id, name string) ([]byte, *http.Response, error) {
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if id != "" {
		request.Header.Set("Lambda-Extension-Identifier", id)
	}
	if name != "" {
		request.Header.Set("Lambda-Extension-Name", name)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s", method, url, answer.Status)
	}
	return text, answer, err
}
