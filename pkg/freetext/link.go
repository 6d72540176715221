package freetext

import "sync"

const domains = `(?:com|org|net|edu|gob|gov|info|io|me|mx|us|app|link|site|online|xyz|co|example|test|invalid|gt|hn|sv)`

// online are how mail addresses, pages and accounts are written.
var online = sync.OnceValue(func() []form {
	return []form{
		as(Email, EmailAddress, `(?i)[\w.+%-]+@[\w-]+(?:\.[\w-]+)+`),
		as(Email, EmailAddress, `(?i)\b[\w.+-]+(?: ?[\[(]at[\])] ?| at | arroba | ?@ ?)[\w-]+(?: ?[\[(]dot[\])] ?| dot | punto |\.)`+domains+`\b(?:(?: dot | punto |\.)[a-z]{2}\b)?`),
		as(Link, WebAddress, `(?i)\b(?:https?|hxxps?)://[^\s<>"]+`),
		as(Link, WebAddress, `(?i)\bwww\.[\w-]+\.[^\s<>"]+`),
		as(Link, WebAddress, `(?i)\b(?:[a-z0-9][\w-]*\.)+`+domains+`\b(?:/[^\s<>"]*)?`),
		as(Link, SocialAccount, `(?i)(?:^|[^\w@.])(@[a-z_][\w.]{2,})`),
		as(Link, SocialAccount, `(?i)\b((?:instagram|insta|ig|facebook|fb|face|tiktok|tik tok|telegram|snapchat|snap|twitter|discord|messenger)(?: (?:is|as|es|como|user|usuario|account|cuenta|handle))* ?[:=]? ?@?[\w.-]*[_.\d-][\w.-]*[\w])`),
		as(Link, SocialAccount, `(?i)\b((?:instagram|insta|ig|facebook|fb|face|tiktok|tik tok|telegram|snapchat|snap|twitter|discord|messenger)(?: ?[:=] ?| (?:is|as|es|como|user|usuario) )@?[\w.]{3,})`),
	}
})

// links finds mail addresses, pages and accounts.
func links(t plain) []span { return t.written(online()) }
