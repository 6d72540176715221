package trust

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Steward is somebody who may sign for an agency: one key an agency.
type Steward struct {
	Agency posada.AgencyID `json:"agency"`
	Key    jose.PublicKey  `json:"key"`
}

// Charter is everything a root says: whose signatures a network's rules need,
// and how many. Root and delegations are made from it and from nothing else,
// so that what is read can be compared with what we would have written.
type Charter struct {
	Network   posada.NetworkID
	Practice  bool // a network without people in it, where nothing waits
	Stewards  []Steward
	Threshold int // m
	Online    jose.PublicKey
}

// agencyField is the member of a key that names its agency. The key's id is
// that of the key without it, as TUF computes it.
const agencyField = "agency"

// check refuses charters in which somebody could decide alone or twice.
func (c Charter) check() error {
	if _, err := posada.ParseID[posada.NetworkID](string(c.Network)); err != nil {
		return fmt.Errorf("charter: network: %w", ErrMalformed)
	}
	if c.Threshold < 1 || c.Threshold > len(c.Stewards) || c.Threshold < 2 && !c.Practice {
		return fmt.Errorf("charter: %d of %d: %w", c.Threshold, len(c.Stewards), ErrThreshold)
	}
	agencies, keys, brakes := map[posada.AgencyID]bool{}, map[string]bool{}, map[Role]bool{}
	online, _, err := tufKey(c.Online)
	if err != nil {
		return err
	}
	keys[online] = true
	for _, s := range c.Stewards {
		id, _, err := tufKey(s.Key)
		if err != nil {
			return err
		}
		if _, err := posada.ParseID[posada.AgencyID](string(s.Agency)); err != nil {
			return fmt.Errorf("charter: agency: %w", ErrMalformed)
		}
		if agencies[s.Agency] || keys[id] || brakes[brakeRole(id)] {
			return fmt.Errorf("charter: an agency or a key stands twice: %w", ErrThreshold)
		}
		agencies[s.Agency], keys[id], brakes[brakeRole(id)] = true, true, true
	}
	return nil
}

// root writes the root of a charter.
func (c Charter) root(version int64, expires time.Time) (*metadata.Metadata[metadata.RootType], error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	ids, keys, err := c.keys()
	if err != nil {
		return nil, err
	}
	online, onlineKey, err := tufKey(c.Online)
	if err != nil {
		return nil, err
	}
	keys[online] = onlineKey
	root := metadata.Root(expires)
	root.Signed.Version, root.Signed.Keys = version, keys
	for _, r := range []Role{RoleRoot, RoleTargets} {
		root.Signed.Roles[string(r)] = &metadata.Role{KeyIDs: ids, Threshold: c.Threshold}
	}
	for _, r := range []Role{RoleSnapshot, RoleTimestamp} {
		root.Signed.Roles[string(r)] = &metadata.Role{KeyIDs: []string{online}, Threshold: 1}
	}
	root.Signed.UnrecognizedFields = marks{Network: c.Network, Role: RoleRoot, Practice: &c.Practice}.fields()
	return root, nil
}

// delegations writes who signs what below the top: m stewards what all share,
// each steward her own brake. A role delegates exactly its own file, and ends
// the search for it.
func (c Charter) delegations() (*metadata.Delegations, error) {
	ids, keys, err := c.keys()
	if err != nil {
		return nil, err
	}
	d := &metadata.Delegations{Keys: keys}
	for _, r := range shared() {
		d.Roles = append(d.Roles, delegated(r, ids, c.Threshold))
	}
	for _, id := range ids {
		d.Roles = append(d.Roles, delegated(brakeRole(id), []string{id}, 1))
	}
	return d, nil
}

func delegated(r Role, ids []string, threshold int) metadata.DelegatedRole {
	return metadata.DelegatedRole{
		Name: string(r), KeyIDs: ids, Threshold: threshold, Terminating: true, Paths: []string{r.file()},
	}
}

// keys lists the stewards' keys by id, sorted, each with its agency.
func (c Charter) keys() ([]string, map[string]*metadata.Key, error) {
	keys := map[string]*metadata.Key{}
	var ids []string
	for _, s := range c.Stewards {
		id, key, err := tufKey(s.Key)
		if err != nil {
			return nil, nil, err
		}
		key.UnrecognizedFields = map[string]any{agencyField: string(s.Agency)}
		keys[id] = key
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, keys, nil
}

// charterOf reads a root's charter back, and refuses a root that is not, in
// its signed part, the one this charter makes.
func charterOf(root *metadata.Metadata[metadata.RootType]) (Charter, error) {
	said, err := marksOf(root.Signed.UnrecognizedFields, RoleRoot)
	if err != nil {
		return Charter{}, err
	}
	stewards, online := root.Signed.Roles[metadata.ROOT], root.Signed.Roles[metadata.TIMESTAMP]
	if stewards == nil || online == nil || len(online.KeyIDs) != 1 || said.Practice == nil {
		return Charter{}, fmt.Errorf("root: %w", ErrMalformed)
	}
	c := Charter{Network: said.Network, Practice: *said.Practice, Threshold: stewards.Threshold}
	for _, id := range stewards.KeyIDs {
		key, err := joseKey(root.Signed.Keys[id])
		if err != nil {
			return Charter{}, err
		}
		agency, _ := root.Signed.Keys[id].UnrecognizedFields[agencyField].(string)
		c.Stewards = append(c.Stewards, Steward{Agency: posada.AgencyID(agency), Key: key})
	}
	if c.Online, err = joseKey(root.Signed.Keys[online.KeyIDs[0]]); err != nil {
		return Charter{}, err
	}
	again, err := c.root(root.Signed.Version, root.Signed.Expires)
	if err != nil {
		return Charter{}, err
	}
	if !sameSigned(root.Signed, again.Signed) {
		return Charter{}, fmt.Errorf("root: %w", ErrMalformed)
	}
	return c, nil
}

// tufKey is a key in TUF's form, and its id there.
func tufKey(k jose.PublicKey) (string, *metadata.Key, error) {
	text, err := k.MarshalText()
	if err != nil {
		return "", nil, fmt.Errorf("key: %w", ErrMalformed)
	}
	raw, err := base64.RawURLEncoding.DecodeString(string(text))
	if err != nil {
		return "", nil, fmt.Errorf("key: %w", ErrMalformed)
	}
	key, err := metadata.KeyFromPublicKey(ed25519.PublicKey(raw))
	if err != nil {
		return "", nil, fmt.Errorf("key: %w", ErrMalformed)
	}
	id, err := key.ID()
	if err != nil {
		return "", nil, fmt.Errorf("key: %w", ErrMalformed)
	}
	return id, key, nil
}

func joseKey(k *metadata.Key) (key jose.PublicKey, err error) {
	if k == nil || k.Type != metadata.KeyTypeEd25519 || strings.ToLower(k.Value.PublicKey) != k.Value.PublicKey {
		return key, fmt.Errorf("key: %w", ErrMalformed)
	}
	raw, err := hex.DecodeString(k.Value.PublicKey)
	if err != nil {
		return key, fmt.Errorf("key: %w", ErrMalformed)
	}
	if err := key.UnmarshalText([]byte(base64.RawURLEncoding.EncodeToString(raw))); err != nil {
		return key, fmt.Errorf("key: %w", ErrMalformed)
	}
	return key, nil
}
