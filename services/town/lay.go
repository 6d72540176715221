// Package town builds whole networks for the demo, the tests and the benches: a
// hub and any number of agencies, with the permissions, the policy and the code
// of production, in a folder that is thrown away.
//
// Holds: every key of every agency in it, which is why nothing but a
// throw-away network may be made with it. May reach: loopback. If compromised:
// nobody; everything in it is invented.
package town

import (
	"cmp"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/policy"
	"github.com/posada-exchange/posada/services/hub"
	"github.com/posada-exchange/posada/services/node"
)

// Plan is who is in a town.
type Plan struct {
	Operator string   `yaml:"operator"` // of the hub
	Host     string   `yaml:"-"`        // where its processes listen, on loopback: 127.0.0.1
	Agencies []Agency `yaml:"agencies"`
	Practice bool     `yaml:"practice"` // an exercise: what is wider waits for nobody
	Console  bool     `yaml:"-"`        // each node serves pages for people
	Stewards []string `yaml:"-"`        // whose they are, by key; without any, of agencies that are not in it
	// Policy is what its stewards' first policy says beside the shipped one, or instead.
	Policy matrix.Cells `yaml:"policy"`
	// Stretch is what its nodes make of withdrawal codes: nil is what production does.
	Stretch consent.Stretch `yaml:"-"`
}

// Agency is one member of a town.
type Agency struct {
	Key   string             `yaml:"key"` // its folder
	Name  string             `yaml:"name"`
	Class posada.AgencyClass `yaml:"class"`
	Staff []Person           `yaml:"staff"`
	// Suspended members are in the roster and not let on.
	Suspended bool `yaml:"suspended"`
	// Passphrase is what a person opens its vault with: its node starts locked.
	// Without one a key file opens it.
	Passphrase string `yaml:"passphrase"`
}

// Person is a member of staff.
type Person struct {
	Name  string             `yaml:"name"`
	Roles []posada.StaffRole `yaml:"roles"`
}

// Laid is a town on the disk, ready to be started in one process or in many.
type Laid struct {
	Dir     string
	Network posada.NetworkID
	Pins    []roster.Pin // of the hub's TLS key
	// Council is the stewards, all of them: only of what is thrown away.
	Council *invented.Council
	Plan    Plan
	Members map[string]roster.Agency // by key
	// Announced is what each announced when it was made, by key.
	Announced map[string]roster.Announcement
}

// Root is what a join code says of the network.
func (l Laid) Root() string { return trust.Pin(l.Council.InForce[trust.RoleRoot].Document) }

// Decided is the roster that the stewards signed last.
func (l Laid) Decided() (*roster.Roster, error) {
	return roster.Read(l.Council.InForce[trust.RoleRoster].Target)
}

// HubConfig is the hub's configuration file.
func (l Laid) HubConfig() string { return filepath.Join(l.Dir, "hub", "hub.yaml") }

// NodeConfig is an agency's configuration file.
func (l Laid) NodeConfig(key string) string { return filepath.Join(l.Dir, key, "node.yaml") }

// TokenFile is where the first member of staff of an agency finds her token.
func (l Laid) TokenFile(key string) string { return filepath.Join(l.Dir, key, "token") }

// Token is the token of an agency's first member of staff.
func (l Laid) Token(key string) (string, error) {
	text, err := config.ReadSecret(l.TokenFile(key))
	return string(text), err
}

// PassphraseFile is where the passphrase of an agency lies whose node is
// unlocked by a person: not where its node looks.
func (l Laid) PassphraseFile(key string) string { return filepath.Join(l.Dir, key+".passphrase") }

// Credentials are the keys of an agency whose node is not running, so that
// something else can play it: an adversary, or a test.
func (l Laid) Credentials(key string, now time.Time) (node.Credentials, error) {
	dir := filepath.Join(l.Dir, key)
	seed, err := config.ReadSeed(filepath.Join(dir, "vault.key"))
	if err != nil {
		return node.Credentials{}, err
	}
	return node.OwnCredentials(filepath.Join(dir, "vault"), vault.Key(seed), rand.Reader, now)
}

// Lay makes a town in an empty folder: each agency's keys in its own vault, a
// network of them, and configuration files for every process.
func Lay(dir string, plan Plan, now time.Time) (Laid, error) {
	l := Laid{Dir: dir, Plan: plan, Members: map[string]roster.Agency{}, Announced: map[string]roster.Announcement{}}
	if err := os.MkdirAll(filepath.Join(dir, "hub"), 0o700); err != nil {
		return l, fmt.Errorf("lay a town: %w", err)
	}
	seed, err := config.NewSeed(filepath.Join(dir, "hub", "receipt.key"), rand.Reader)
	if err != nil {
		return l, err
	}
	receipt, err := jose.KeyFromSeed(seed)
	if err != nil {
		return l, err
	}
	if l.Network, err = posada.NewID[posada.NetworkID](rand.Reader); err != nil {
		return l, err
	}
	if l.Pins, err = newTLSKey(filepath.Join(dir, "hub", "tls.key")); err != nil {
		return l, err
	}
	snapshot := roster.Snapshot{Network: l.Network, Version: 1, Hub: roster.Hub{Operator: plan.Operator, Receipt: receipt.Public(), Pins: l.Pins}}
	var everybody roster.Directory
	for _, a := range plan.Agencies {
		member, err := l.born(a, now)
		if err != nil {
			return l, fmt.Errorf("lay %s: %w", a.Key, err)
		}
		l.Members[a.Key] = member
		snapshot.Agencies = append(snapshot.Agencies, member)
		everybody = append(everybody, roster.Listing{ID: member.ID, Name: a.Name})
	}
	if err := l.found(snapshot, now); err != nil {
		return l, fmt.Errorf("lay a town: %w", err)
	}
	return l, l.write(everybody)
}

// found has stewards, who are made here and nowhere kept, found the network.
func (l *Laid) found(s roster.Snapshot, now time.Time) error {
	seed, err := config.NewSeed(filepath.Join(l.Dir, "hub", "online.key"), rand.Reader)
	if err != nil {
		return err
	}
	online, err := jose.KeyFromSeed(seed)
	if err != nil {
		return err
	}
	rules, version, err := pdp.ReadMatrix(policy.Files)
	if err == nil && l.Plan.Policy != nil {
		rules, err = pdp.Amend(rules, version, l.Plan.Policy)
	}
	if err != nil {
		return err
	}
	var of []posada.AgencyID
	for _, key := range l.Plan.Stewards {
		of = append(of, l.Members[key].ID)
	}
	var founding []trust.Proposal
	if l.Council, founding, err = invented.Found(rand.Reader, s, rules, trust.Charter{Online: online.Public(), Practice: l.Plan.Practice}, now, of...); err != nil {
		return err
	}
	text, err := trust.Founding{Proposals: founding, ThrowAway: true}.Write()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.Dir, "hub", "network.json"), text, 0o600)
}

// newTLSKey makes the hub's TLS key and gives its pin.
func newTLSKey(path string) ([]roster.Pin, error) {
	seed, err := config.NewSeed(path, rand.Reader)
	if err != nil {
		return nil, err
	}
	pin, err := broker.PinOf(ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
	return []roster.Pin{pin}, err
}

// born makes an agency's vault, keys and staff.
func (l Laid) born(a Agency, now time.Time) (roster.Agency, error) {
	dir := filepath.Join(l.Dir, a.Key)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return roster.Agency{}, err
	}
	secret, err := l.newSecret(a)
	if err != nil {
		return roster.Agency{}, err
	}
	member, announced, err := node.Create(filepath.Join(dir, "vault"), secret, l.Network, "", rand.Reader, now)
	if err != nil {
		return roster.Agency{}, err
	}
	l.Announced[a.Key] = announced
	member.Class = a.Class
	if a.Suspended {
		member.Standing = posada.StandingSuspended
	}
	for i, person := range a.Staff {
		token, err := node.AddStaff(filepath.Join(dir, "vault"), secret, rand.Reader, func() time.Time { return now }, person.Name, person.Roles...)
		if err != nil {
			return roster.Agency{}, err
		}
		name := l.TokenFile(a.Key)
		if i > 0 {
			name = fmt.Sprintf("%s-%d", name, i+1)
		}
		if err := config.WriteSecret(name, []byte(token+"\n")); err != nil {
			return roster.Agency{}, err
		}
	}
	return member, nil
}

// newSecret makes what opens an agency's vault.
func (l Laid) newSecret(a Agency) (vault.Secret, error) {
	if a.Passphrase != "" {
		return vault.Passphrase([]byte(a.Passphrase)), config.WriteSecret(l.PassphraseFile(a.Key), []byte(a.Passphrase+"\n"))
	}
	seed, err := config.NewSeed(filepath.Join(l.Dir, a.Key, "vault.key"), rand.Reader)
	return vault.Key(seed), err
}

// write writes what each node joined, the directories and the configurations.
func (l Laid) write(everybody roster.Directory) error {
	ports, err := freePorts(l.Plan.Host, 2+3*len(l.Plan.Agencies))
	if err != nil {
		return err
	}
	next := func() string { p := ports[0]; ports = ports[1:]; return p }
	var announced []byte
	for _, a := range l.Announced {
		announced = append(append(announced, a.Compact()...), '\n')
	}
	h := hub.Defaults()
	h.Listen, h.Admin = next(), next()
	joined, err := trust.WriteAnchor(trust.Anchor{Network: l.Network, Root: l.Root(), Hub: "tls://" + h.Listen, Pins: l.Pins, Practice: l.Plan.Practice})
	if err != nil {
		return err
	}
	problems := []error{
		os.WriteFile(filepath.Join(l.Dir, "hub", h.Announced), announced, 0o600),
		writeConfig(l.HubConfig(), h),
	}
	for _, a := range l.Plan.Agencies {
		directory := everybody
		if a.Class.Distrusted() {
			// A distrusted member knows nobody but itself.
			directory = roster.Directory{{ID: l.Members[a.Key].ID, Name: a.Name}}
		}
		listings, err := roster.WriteDirectory(directory)
		if err != nil {
			return err
		}
		n := node.Defaults()
		n.Listen, n.Admin, n.Hub = next(), next(), "tls://"+h.Listen
		if a.Passphrase != "" {
			n.Passphrase = node.Ask
		}
		if l.Plan.Console {
			n.Console = next()
		}
		problems = append(problems,
			os.WriteFile(filepath.Join(l.Dir, a.Key, "joined.json"), joined, 0o600),
			os.WriteFile(filepath.Join(l.Dir, a.Key, "directory.json"), listings, 0o600),
			writeConfig(l.NodeConfig(a.Key), n),
		)
	}
	return errors.Join(problems...)
}

func writeConfig(path string, c any) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(config.Print(file, c), file.Close())
}

// freePorts finds addresses on loopback that nobody listens on now, nor any of
// taken, which somebody is about to. They are below the range that outgoing
// connections take theirs from (32768 on Linux, 16000 under gVisor), so that a
// process which is restarted finds its own again.
func freePorts(host string, count int, taken ...string) ([]string, error) {
	const first, last = 10000, 16000
	host = cmp.Or(host, "127.0.0.1")
	var addresses []string
	for tries := 0; len(addresses) < count; tries++ {
		if tries > 100*count {
			return nil, errors.New("find free ports: there are none")
		}
		address := fmt.Sprintf("%s:%d", host, first+mathrand.IntN(last-first))
		if slices.Contains(addresses, address) || slices.Contains(taken, address) {
			continue
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return nil, fmt.Errorf("find free ports: %w", err)
		}
		addresses = append(addresses, address)
	}
	return addresses, nil
}
