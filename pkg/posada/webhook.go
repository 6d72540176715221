package posada

// WebhookType is what an endpoint outside is told of. Of whom, from whom and how it ended
// is in none of them.
type WebhookType string

// What an endpoint is told of: what came to this agency, for the people who work here.
const (
	WebhookReferral   WebhookType = "referral_came"      // another agency shared something
	WebhookMoved      WebhookType = "referral_moved"     // the other side said how it is with a referral
	WebhookWithdrawn  WebhookType = "referral_withdrawn" // it was taken back
	WebhookQuestion   WebhookType = "question_came"
	WebhookAnswer     WebhookType = "answer_came"
	WebhookNeedFits   WebhookType = "need_fits"     // a need that came fits a place here and waits
	WebhookNeedAnswer WebhookType = "need_answered" // whoever was asked answered
	WebhookHeld       WebhookType = "place_held"    // what was offered here was chosen
	WebhookGone       WebhookType = "place_gone"    // it was chosen, and is not free any more
	WebhookClosed     WebhookType = "need_closed"   // nothing more is asked of us
)

func (WebhookType) members() []WebhookType {
	return []WebhookType{
		WebhookReferral, WebhookMoved, WebhookWithdrawn, WebhookQuestion, WebhookAnswer, WebhookNeedFits, WebhookNeedAnswer, WebhookHeld, WebhookGone, WebhookClosed,
	}
}

// WebhookTest is sent by a person who tries an endpoint; nothing happened.
const WebhookTest WebhookType = "test"

// UnmarshalText reads a type and refuses any other text.
func (w *WebhookType) UnmarshalText(text []byte) error {
	if WebhookType(text) == WebhookTest {
		*w = WebhookTest
		return nil
	}
	return decode(w, text)
}

// WebhookOutcome is what came of one attempt to tell an endpoint.
type WebhookOutcome string

// Outcomes.
const (
	WebhookDelivered WebhookOutcome = "delivered"
	WebhookRefused   WebhookOutcome = "refused"   // another status than 2xx
	WebhookNoAnswer  WebhookOutcome = "no_answer" // none came in time, or no connection was made
	WebhookForbidden WebhookOutcome = "forbidden" // its name leads to where nothing is sent
	WebhookGivenUp   WebhookOutcome = "given_up"  // for days it could not be told of this
	WebhookLetGo     WebhookOutcome = "let_go"    // whoever it is for is not to know of this any more
)

func (WebhookOutcome) members() []WebhookOutcome {
	return []WebhookOutcome{WebhookDelivered, WebhookRefused, WebhookNoAnswer, WebhookForbidden, WebhookGivenUp, WebhookLetGo}
}

// UnmarshalText reads an outcome and refuses any other text.
func (w *WebhookOutcome) UnmarshalText(text []byte) error { return decode(w, text) }

// WebhookOff is why an endpoint is told nothing.
type WebhookOff string

// Reasons.
const (
	WebhookOffByPerson WebhookOff = "by_person"
	WebhookOffGone     WebhookOff = "gone"    // it said that it is no more (410)
	WebhookOffFailing  WebhookOff = "failing" // for days it took nothing
	WebhookOffNobody   WebhookOff = "nobody"  // whoever it is for does not work here any more
)

func (WebhookOff) members() []WebhookOff {
	return []WebhookOff{WebhookOffByPerson, WebhookOffGone, WebhookOffFailing, WebhookOffNobody}
}

// UnmarshalText reads a reason and refuses any other text.
func (w *WebhookOff) UnmarshalText(text []byte) error { return decode(w, text) }

// WebhookScheme is how what is told is signed (Standard Webhooks 1.0).
type WebhookScheme string

// Schemes.
const (
	WebhookV1  WebhookScheme = "v1"  // HMAC-SHA256 under a secret that both have
	WebhookV1a WebhookScheme = "v1a" // ed25519: whoever checks can sign nothing
)

func (WebhookScheme) members() []WebhookScheme { return []WebhookScheme{WebhookV1, WebhookV1a} }

// UnmarshalText reads a scheme and refuses any other text.
func (w *WebhookScheme) UnmarshalText(text []byte) error { return decode(w, text) }
