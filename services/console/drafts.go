package console

import (
	"maps"
	"slices"
)

// mostDrafts is how many a session has at a time; the oldest name goes first.
const mostDrafts = 20

// draftOf reads what this session keeps under a name: a form on its way through a
// preview, or what became of something, to be shown once. It is sealed under a key that
// only the browser's cookie makes, and ends with the session.
func (v *visit) draftOf(name string, into any) bool {
	secret, ok := cookieOf(v.r, cookieSession)
	if !ok || v.session == nil {
		return false
	}
	v.session.mu.Lock()
	sealed := v.session.drafts[name]
	v.session.mu.Unlock()
	return sealed != nil && unseal(secret, sealed, into) == nil
}

// keepDraft keeps it.
func (v *visit) keepDraft(name string, d any) error {
	secret, ok := cookieOf(v.r, cookieSession)
	if !ok || v.session == nil {
		return errNothing
	}
	sealed, err := seal(secret, d)
	if err != nil {
		return err
	}
	v.session.mu.Lock()
	defer v.session.mu.Unlock()
	if v.session.drafts == nil {
		v.session.drafts = map[string][]byte{}
	}
	v.session.drafts[name] = sealed
	for _, first := range slices.Sorted(maps.Keys(v.session.drafts)) {
		if len(v.session.drafts) <= mostDrafts {
			break
		}
		if first != name {
			delete(v.session.drafts, first)
		}
	}
	return nil
}

// dropDraft forgets it.
func (v *visit) dropDraft(name string) {
	v.session.mu.Lock()
	defer v.session.mu.Unlock()
	delete(v.session.drafts, name)
}
