package serve

import (
	"net/http"
	"strings"
	"testing"
)

func TestRequestsOfOthersAreRefused(t *testing.T) {
	server, p, _ := newPage(t)
	held := key(t, server, p)
	own := server.URL
	for name, c := range map[string]struct {
		request
		want int
	}{
		"a name of someone's DNS": {request{method: "GET", path: "/", host: "sluice.example.com"}, 421},
		"the same with the port":  {request{method: "GET", path: "/doctor", secret: held, host: "127.0.0.1.example.com:80"}, 421},
		"another address":         {request{method: "GET", path: "/", host: "192.0.2.1"}, 421},
		"no host":                 {request{method: "GET", path: "/", host: " "}, 421},
		"a forwarded port":        {request{method: "GET", path: "/", host: "localhost:8080"}, 200},
		"IPv6":                    {request{method: "GET", path: "/", host: "[::1]:8080"}, 200},
		"another origin":          {request{method: "POST", path: "/check", secret: held, body: "{}", headers: map[string]string{"Origin": "http://evil.example.com"}}, 403},
		"another port":            {request{method: "POST", path: "/check", secret: held, body: "{}", headers: map[string]string{"Origin": "http://127.0.0.1:1"}}, 403},
		"no origin":               {request{method: "POST", path: "/check", secret: held, body: "{}", headers: map[string]string{"Origin": "null"}}, 403},
		"its own origin":          {request{method: "POST", path: "/check", secret: held, body: "{}", headers: map[string]string{"Origin": own, "Sec-Fetch-Site": "same-origin"}}, 200},
		"another site":            {request{method: "GET", path: "/doctor", secret: held, headers: map[string]string{"Sec-Fetch-Site": "cross-site"}}, 403},
		"another port's page":     {request{method: "GET", path: "/doctor", secret: held, headers: map[string]string{"Sec-Fetch-Site": "same-site"}}, 403},
		"its script elsewhere":    {request{method: "GET", path: "/page.js", headers: map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}}, 403},
		"a frame":                 {request{method: "GET", path: "/", headers: map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}}, 403},
		"a link elsewhere":        {request{method: "GET", path: "/", headers: map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}}, 200},
		"the user":                {request{method: "GET", path: "/", headers: map[string]string{"Sec-Fetch-Site": "none"}}, 200},
		"the user's form":         {request{method: "POST", path: "/check", secret: held, body: "{}", headers: map[string]string{"Sec-Fetch-Site": "none"}}, 403},
	} {
		if code, text, _ := c.send(t, server); code != c.want {
			t.Errorf("%s: %d %s, want %d", name, code, text, c.want)
		}
	}
}

func TestMethodsPathsAndBodies(t *testing.T) {
	server, p, _ := newPage(t)
	held := key(t, server, p)
	for name, c := range map[string]struct {
		request
		want int
	}{
		"an unknown path":      {request{method: "GET", path: "/favicon.ico"}, 404},
		"a folder":             {request{method: "GET", path: "/assets/"}, 404},
		"a way out":            {request{method: "GET", path: "/../../etc/passwd"}, 404},
		"a write":              {request{method: "PUT", path: "/check", secret: held, body: "{}"}, 405},
		"a deletion":           {request{method: "DELETE", path: "/"}, 405},
		"an evaluation by GET": {request{method: "GET", path: "/check", secret: held}, 405},
		"the session by GET":   {request{method: "GET", path: "/session", secret: held}, 405},
		"no JSON":              {request{method: "POST", path: "/check", secret: held, body: "{"}, 422},
		"an unknown key":       {request{method: "POST", path: "/check", secret: held, body: `{"x":1}`}, 422},
		"another type":         {request{method: "POST", path: "/check", secret: held, body: `{}`, headers: map[string]string{"Content-Type": "text/plain"}}, 422},
		"a large body":         {request{method: "POST", path: "/check", secret: held, body: `{"ipfix":["` + strings.Repeat("a", maxBody) + `"]}`}, 422},
		"lists":                {request{method: "POST", path: "/check", secret: held, body: `{"ipfix":["a","b"]}`}, 200},
		"no such runbook":      {request{method: "GET", path: "/runbook?alert=../agent", secret: held}, 404},
		"a runbook":            {request{method: "GET", path: "/runbook?alert=SluiceAgentDown", secret: held}, 200},
		"no such node":         {request{method: "GET", path: "/node?name=a", secret: held}, 404},
	} {
		code, text, header := c.send(t, server)
		if code != c.want {
			t.Errorf("%s: %d %s, want %d", name, code, text, c.want)
		}
		for one, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"} {
			if got := header.Get(one); got != want {
				t.Errorf("%s: %s is %q", name, one, got)
			}
		}
		if policy := header.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: the policy is %q", name, policy)
		}
	}
}

// The page's files are served with their types, and contain no secret.
func TestTheFilesAreServed(t *testing.T) {
	server, p, _ := newPage(t)
	held := key(t, server, p)
	_, page, header := request{method: "GET", path: "/"}.send(t, server)
	if !strings.Contains(header.Get("Content-Type"), "text/html") || strings.Contains(page, held) || strings.Contains(page, "<script>") || strings.Contains(page, " style=") {
		t.Errorf("the page: %s", header.Get("Content-Type"))
	}
	for name, want := range map[string]string{"page.js": "text/javascript", "page.css": "text/css", "icon.svg": "image/svg+xml"} {
		if code, _, header := (request{method: "GET", path: "/" + name}).send(t, server); code != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), want) {
			t.Errorf("%s: %d %s", name, code, header.Get("Content-Type"))
		}
	}
}
