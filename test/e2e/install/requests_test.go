package install

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// request is an event of the API server's audit log (audit.k8s.io/v1).
type request struct {
	Verb string `json:"verb"`
	User struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef struct {
		APIGroup    string `json:"apiGroup"`
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
}

// account is the service account's name.
func (q request) account() string {
	return q.User.Username[strings.LastIndex(q.User.Username, ":")+1:]
}

// resource is as a rule names it.
func (q request) resource() string {
	if q.ObjectRef.Subresource != "" {
		return q.ObjectRef.Resource + "/" + q.ObjectRef.Subresource
	}
	return q.ObjectRef.Resource
}

// verbs are those that the request needs. A server-side apply is a patch, and a create if
// there was no object.
func (q request) verbs() []string {
	if q.Verb == "patch" && q.ResponseStatus.Code == 201 {
		return []string{"patch", "create"}
	}
	return []string{q.Verb}
}

// requests are those of Sluice's accounts so far.
func requests(t *testing.T) []request {
	t.Helper()
	text, err := os.ReadFile(auditLog)
	if err != nil {
		t.Fatal(err)
	}
	var list []request
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // it is being written
		}
		var q request
		if err := json.Unmarshal(line, &q); err != nil {
			t.Fatalf("the audit log: %v", err)
		}
		if q.ObjectRef.Resource != "" {
			list = append(list, q)
		}
	}
	return list
}
