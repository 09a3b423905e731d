package serve

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"sync"
)

// keySize is the number of random bytes of a link or a key.
const keySize = 32

// maxKeys is how many browsers can have a key. The oldest one loses it.
const maxKeys = 16

// keys are the secrets of a server. A link works once, for a key: a link is seen in terminals,
// histories and process lists. A key never is. There are no cookies, because a browser sends those of
// 127.0.0.1 to the servers of other users on this machine, too.
type keys struct {
	mu   sync.Mutex
	link [sha256.Size]byte
	keys [][sha256.Size]byte
}

// secret makes a random text.
func secret() string {
	raw := make([]byte, keySize)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// newLink makes a link; the one before ends.
func (k *keys) newLink() string {
	link := secret()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.link = sha256.Sum256([]byte(link))
	return link
}

// exchange gives a key for a link. The link ends.
func (k *keys) exchange(link string) (key string, ok bool) {
	hash := sha256.Sum256([]byte(link))
	k.mu.Lock()
	defer k.mu.Unlock()
	if subtle.ConstantTimeCompare(hash[:], k.link[:]) != 1 {
		return "", false
	}
	key = secret()
	k.link = sha256.Sum256([]byte(secret())) // no one has this one
	if k.keys = append(k.keys, sha256.Sum256([]byte(key))); len(k.keys) > maxKeys {
		k.keys = k.keys[1:]
	}
	return key, true
}

// holds reports whether a key is one of the server's.
func (k *keys) holds(key string) bool {
	hash := sha256.Sum256([]byte(key))
	k.mu.Lock()
	defer k.mu.Unlock()
	found := 0
	for i := range k.keys {
		found |= subtle.ConstantTimeCompare(hash[:], k.keys[i][:])
	}
	return found == 1
}
