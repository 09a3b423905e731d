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

// keys are the secrets of a server. A link works once, for a key that the tab made: a link is seen in terminals,
// histories and process lists. A key never is. There are no cookies, because a browser sends those of
// 127.0.0.1 to the servers of other users on this machine, too.
type keys struct {
	mu   sync.Mutex
	link [sha256.Size]byte
	keys [][sha256.Size]byte
	// used is the last link that was exchanged, and usedFor its key. The tab may ask again: the answer can be lost.
	used, usedFor [sha256.Size]byte
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

// exchange makes a key valid for a link. The link ends, except for the same key. first is whether the key was not valid
// before.
func (k *keys) exchange(link, key string) (first, ok bool) {
	linkHash, keyHash := sha256.Sum256([]byte(link)), sha256.Sum256([]byte(key))
	k.mu.Lock()
	defer k.mu.Unlock()
	if subtle.ConstantTimeCompare(linkHash[:], k.used[:])&subtle.ConstantTimeCompare(keyHash[:], k.usedFor[:]) == 1 {
		return false, true
	}
	if subtle.ConstantTimeCompare(linkHash[:], k.link[:]) != 1 {
		return false, false
	}
	k.used, k.usedFor = linkHash, keyHash
	k.link = sha256.Sum256([]byte(secret())) // no one has this one
	if k.keys = append(k.keys, keyHash); len(k.keys) > maxKeys {
		k.keys = k.keys[1:]
	}
	return true, true
}

// isKey reports whether a text has the form of a key. It says nothing about how random it is: the tab harms only
// itself with one that others can guess.
func isKey(text string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && len(raw) == keySize
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
