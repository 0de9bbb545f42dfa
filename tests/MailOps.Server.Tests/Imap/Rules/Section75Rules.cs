namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>RFC 9051 section 7.5.2: the FETCH response, above all BODYSTRUCTURE and ENVELOPE.</summary>
internal static class Section75Rules
{
    private const string NoExtension = " NIL NIL NIL NIL";

    public static IReadOnlyList<Rule> Rows { get; } =
    [
        new("9051 7.5.2", "A FETCH that was not asked for has the UID, in IMAP4rev2.", Given.Selected(1).Rev2(), "2: STORE 1 FLAGS (\\Seen)", "C: a NOOP", "S: * 1 FETCH (UID 1 FLAGS (\\Seen))", "S: a OK …"),
        new("9051 7.5.2", "A FETCH has each item that was asked for with its value.", Given.Selected(1), "C: a FETCH 1 (FLAGS UID RFC822.SIZE)", "S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 41)", "S: a OK …"),
        new("9051 7.5.2", "An origin octet is told where a part was asked for, and nowhere else.", Given.Selected("a: b\n\nText\n"), "C: a FETCH 1 BODY.PEEK[TEXT]", "S: * 1 FETCH (BODY[TEXT] {6}\r\nText\r\n)", "C: b FETCH 1 BODY.PEEK[TEXT]<0.6>", "S: * 1 FETCH (BODY[TEXT]<0> {6}\r\nText\r\n)"),
        new("9051 7.5.2", "What BINARY gives is a literal8 where it has a NUL, and a string elsewhere.", Given.Selected("Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\nAAEC\n--a\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\nAQID\n--a--\n"), "C: a FETCH 1 (BINARY.PEEK[1] BINARY.PEEK[2])", "S: * 1 FETCH (BINARY[1] ~{3}\r\n\0\u0001\u0002 BINARY[2] {3}\r\n\u0001\u0002\u0003)", "S: a OK …"),
        new("9051 7.5.2", "The lines of a text that is not coded end in CRLF in BINARY.", Given.Selected("a: b\n\nOne\nTwo\n"), "C: a FETCH 1 BINARY.PEEK[1]", "S: * 1 FETCH (BINARY[1] {10}\r\nOne\r\nTwo\r\n)"),
        Structure("A text has type, subtype, parameters, id, description, encoding, octets and lines.", "Content-Type: text/html; charset=utf-8\nContent-ID: <i@d>\nContent-Description: what\nContent-Transfer-Encoding: quoted-printable\n\nOne\nTwo\n", "(\"text\" \"html\" (\"charset\" \"utf-8\") \"<i@d>\" \"what\" \"quoted-printable\" 10 2" + NoExtension + ")"),
        Structure("What the header does not say is text/plain in US-ASCII, 7bit.", "a: b\n\nOne\n", "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 5 1" + NoExtension + ")"),
        Structure("Octets and lines are those of the transfer encoding.", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nR3LDvMOfZQo=\n", "(\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"base64\" 14 1" + NoExtension + ")"),
        Structure("What is no text and no message has no lines.", "Content-Type: image/gif\n\nOne\n", "(\"image\" \"gif\" NIL NIL NIL \"7bit\" 5" + NoExtension + ")"),
        Structure("A part is followed by MD5, disposition, language and location.", "Content-Type: image/gif\nContent-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\nContent-Disposition: attachment; filename=x.gif\nContent-Language: de\nContent-Location: http://example.com/x\n\nOne\n", "(\"image\" \"gif\" NIL NIL NIL \"7bit\" 5 \"Q2hlY2sgSW50ZWdyaXR5IQ==\" (\"attachment\" (\"filename\" \"x.gif\")) (\"de\") \"http://example.com/x\")"),
        Structure("Of several languages each is told.", "Content-Type: image/gif\nContent-Language: de, en\n\nOne\n", "(\"image\" \"gif\" NIL NIL NIL \"7bit\" 5 NIL NIL (\"de\" \"en\") NIL)"),
        Structure("A multipart is its parts, its subtype, its parameters, disposition, language and location.", "Content-Type: multipart/alternative; boundary=a\nContent-Disposition: inline\nContent-Language: en\nContent-Location: loc\n\n--a\n\nOne\n--a\nContent-Type: text/html\n\nTwo\n--a--\n", "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 0" + NoExtension + ")(\"text\" \"html\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 0" + NoExtension + ") \"alternative\" (\"boundary\" \"a\") (\"inline\" NIL) (\"en\") \"loc\")"),
        new("9051 7.5.2", "BODY of a multipart has its parts and its subtype alone.", Given.Selected("Content-Type: multipart/mixed; boundary=a\nContent-Language: en\n\n--a\nContent-Disposition: inline\n\nOne\n--a--\n"), "C: a FETCH 1 BODY", "S: * 1 FETCH (BODY ((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 0) \"mixed\"))"),
        Structure("A multipart nests.", "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nOne\n--b--\n--a--\n", "(((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 0" + NoExtension + ") \"alternative\" (\"boundary\" \"b\") NIL NIL NIL) \"mixed\" (\"boundary\" \"a\") NIL NIL NIL)"),
        Structure("A message in a message has its envelope, its structure and its lines.", "Content-Type: message/rfc822\n\nSubject: in\n\nOne\n", "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 20 (NIL \"in\" NIL NIL NIL NIL NIL NIL NIL NIL) (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 5 1" + NoExtension + ") 3" + NoExtension + ")"),
        Structure("A message/global is told as a message/rfc822 is.", "Content-Type: message/global\n\nSubject: in\n\nOne\n", "(\"message\" \"global\" NIL NIL NIL \"7bit\" 20 (NIL \"in\" NIL NIL NIL NIL NIL NIL NIL NIL) (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 5 1" + NoExtension + ") 3" + NoExtension + ")"),
        Structure("Parameters that the header has in pieces are put together, in IMAP4rev2.", "Content-Type: image/gif; baz*0=one; baz*1=two\n\nOne\n", "(\"image\" \"gif\" (\"baz\" \"onetwo\") NIL NIL \"7bit\" 5" + NoExtension + ")"),
        Structure("Parameters that the header has in a charset are in UTF-8, in IMAP4rev2.", "Content-Type: image/gif; foo*0*=iso-8859-1'de'%FC; foo*1*=%DF\n\nOne\n", "(\"image\" \"gif\" (\"foo*\" …\u00c3\u00bc\u00c3\u009f…) NIL NIL \"7bit\" 5" + NoExtension + ")"),
        new("3501 7.4.2", "A message/global is no message in IMAP4rev1.", Given.Selected("Content-Type: message/global\n\nSubject: in\n\nOne\n"), "C: a FETCH 1 BODY", "S: * 1 FETCH (BODY (\"message\" \"global\" NIL NIL NIL \"7bit\" 20))"),
        new("3501 7.4.2", "Parameters are told as the header has them, in IMAP4rev1.", Given.Selected("Content-Type: image/gif; baz*0=one; baz*1=two\n\nOne\n"), "C: a FETCH 1 BODY", "S: * 1 FETCH (BODY (\"image\" \"gif\" (\"baz*0\" \"one\" \"baz*1\" \"two\") NIL NIL \"7bit\" 5))"),

        Envelope("ENVELOPE has date, subject, from, sender, reply-to, to, cc, bcc, in-reply-to and message-id.", "Date: Wed, 7 Feb 2024 21:52:25 -0800\nSubject: s\nFrom: f@x\nSender: e@x\nReply-To: r@x\nTo: t@x\nCc: c@x\nBcc: b@x\nIn-Reply-To: <i@x>\nMessage-ID: <m@x>\n\n", "\"Wed, 7 Feb 2024 21:52:25 -0800\" \"s\" ((NIL NIL \"f\" \"x\")) ((NIL NIL \"e\" \"x\")) ((NIL NIL \"r\" \"x\")) ((NIL NIL \"t\" \"x\")) ((NIL NIL \"c\" \"x\")) ((NIL NIL \"b\" \"x\")) \"<i@x>\" \"<m@x>\""),
        Envelope("Date, subject, in-reply-to and message-id are NIL where the field is not there.", "From: f@x\n\n", "NIL NIL ((NIL NIL \"f\" \"x\")) ((NIL NIL \"f\" \"x\")) ((NIL NIL \"f\" \"x\")) NIL NIL NIL NIL NIL"),
        Envelope("A subject that is there and empty is the empty string.", "Subject:\n\n", "NIL \"\" NIL NIL NIL NIL NIL NIL NIL NIL"),
        Envelope("Sender and reply-to are from where they are not there or empty.", "From: f@x\nSender:\nReply-To: \n\n", "NIL NIL ((NIL NIL \"f\" \"x\")) ((NIL NIL \"f\" \"x\")) ((NIL NIL \"f\" \"x\")) NIL NIL NIL NIL NIL"),
        Envelope("From, to, cc and bcc are NIL where they are not there or empty.", "To:\nCc: \n\n", "NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL"),
        Envelope("An address has a name, a route, a mailbox and a host; quotes are taken off.", "From: \"Fred \\\"the\\\" Foo\" <@a,@b:\"f o\"@x>\n\n", "NIL NIL ((\"Fred \\\"the\\\" Foo\" \"@a,@b\" \"f o\" \"x\")) ((\"Fred \\\"the\\\" Foo\" \"@a,@b\" \"f o\" \"x\")) ((\"Fred \\\"the\\\" Foo\" \"@a,@b\" \"f o\" \"x\")) NIL NIL NIL NIL NIL"),
        Envelope("Each address of a field is in its list.", "To: Joe <j@x>, k@y\n\n", "NIL NIL NIL NIL NIL ((\"Joe\" NIL \"j\" \"x\")(NIL NIL \"k\" \"y\")) NIL NIL NIL NIL"),
        Envelope("A group begins with its name and no host, and ends with neither.", "To: Team: a@x, b@y;\n\n", "NIL NIL NIL NIL NIL ((NIL NIL \"Team\" NIL)(NIL NIL \"a\" \"x\")(NIL NIL \"b\" \"y\")(NIL NIL NIL NIL)) NIL NIL NIL NIL"),
        Envelope("A field that goes over lines is told in one line.", "Subject: one\n two\n\n", "NIL \"one two\" NIL NIL NIL NIL NIL NIL NIL NIL"),
    ];

    private static Rule Structure(string text, string message, string structure) =>
        new("9051 7.5.2", text, Given.Selected(message).Rev2(), "C: a FETCH 1 BODYSTRUCTURE", $"S: * 1 FETCH (BODYSTRUCTURE {structure})", "S: a OK …");

    private static Rule Envelope(string text, string message, string envelope) =>
        new("9051 7.5.2", text, Given.Selected(message), "C: a FETCH 1 ENVELOPE", $"S: * 1 FETCH (ENVELOPE ({envelope}))", "S: a OK …");
}
