package serve

import (
	"net/http"
	"strings"
	"testing"
)

func TestALinkWorksOnceAndOnlyForTheSession(t *testing.T) {
	server, p, links := newPage(t)
	first := p.Link()
	if code, _, _ := (request{method: "GET", path: "/node", secret: first}).send(t, server); code != http.StatusUnauthorized {
		t.Errorf("a link is a key: %d", code)
	}
	held := key(t, server, p) // with another link
	for name, link := range map[string]string{"an earlier link": first, "none": "", "the key": held, "text": "x"} {
		if code, text, _ := session(link, secret()).send(t, server); code != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, code, text)
		}
	}
	next := <-links
	for name, key := range map[string]string{"none": "", "short": "x", "long": secret() + "A", "no text": strings.Repeat("%", 43)} {
		if code, text, _ := session(next, key).send(t, server); code != http.StatusBadRequest {
			t.Errorf("a key that is %s: %d %s", name, code, text)
		}
	}
	own := secret()
	if code, _, _ := session(next, own).send(t, server); code != http.StatusNoContent {
		t.Errorf("the next link: %d", code)
	}
	if code, _, _ := session(next, secret()).send(t, server); code != http.StatusUnauthorized {
		t.Errorf("the same link again: %d", code)
	}
	shown := len(links)
	if code, _, _ := session(next, own).send(t, server); code != http.StatusNoContent || len(links) != shown {
		t.Errorf("the same link for the same key, because the answer was lost: %d, %d more links", code, len(links)-shown)
	}
	if code, _, _ := (request{method: "GET", path: "/doctor", secret: held}).send(t, server); code != http.StatusOK {
		t.Errorf("the first key: %d", code)
	}
}

func TestOnlyTheLatestKeysAreKept(t *testing.T) {
	server, p, _ := newPage(t)
	p.Linked = func(string) {}
	first := key(t, server, p)
	for range maxKeys {
		key(t, server, p)
	}
	if p.keys.holds(first) || len(p.keys.keys) != maxKeys {
		t.Errorf("%d keys", len(p.keys.keys))
	}
}

func TestWithoutAKeyNothingIsTold(t *testing.T) {
	server, p, _ := newPage(t)
	key(t, server, p)
	for _, path := range []string{"GET /stream", "GET /node?name=a", "GET /runbook?alert=SluiceAgentDown", "GET /doctor", "POST /check", "POST /explain"} {
		method, path, _ := strings.Cut(path, " ")
		for name, secret := range map[string]string{"none": "", "another": secret(), "long": strings.Repeat("a", 1000)} {
			code, text, header := request{method: method, path: path, secret: secret, body: "{}"}.send(t, server)
			if code != http.StatusUnauthorized || len(text) > 60 || header.Get("Set-Cookie") != "" {
				t.Errorf("%s with %s key: %d %s", path, name, code, text)
			}
		}
	}
}
