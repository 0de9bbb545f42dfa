namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>RFC 9051 section 6.4.5: FETCH, its macros, items, sections and partial sections.</summary>
internal static class Section645Rules
{
    private const string Plain = "a: b\nc: d\n\nTwenty octets here\n";
    private const string Envelope = "ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";
    private const string Body = "BODY (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 20 1)";
    private static readonly Given Mail = Given.Selected(Plain);

    // The example of section 6.4.5.1. The body of each part is its number.
    private const string Inner3 = "Subject: three\nContent-Type: multipart/mixed; boundary=b\n\n";
    private const string Text3 = "--b\n\n3.1\n--b\nContent-Type: application/octet-stream\n\n3.2\n--b--";
    private const string Inner42 = "Subject: four two\nContent-Type: multipart/mixed; boundary=d\n\n";
    private const string Text42 = "--d\n\n4.2.1\n--d\nContent-Type: multipart/alternative; boundary=e\n\n--e\n\n4.2.2.1\n--e\nContent-Type: text/richtext\n\n4.2.2.2\n--e--\n--d--";
    private const string Outer = "Subject: outer\nContent-Type: multipart/mixed; boundary=a\n\n";
    private const string Gif = "Content-Type: image/gif\n\n";
    private const string Part4 = "--c\n" + Gif + "4.1\n--c\nContent-Type: message/rfc822\n\n" + Inner42 + Text42 + "\n--c--";
    private const string Text = "--a\nContent-Type: text/plain\n\n1\n--a\nContent-Type: application/octet-stream\n\n2\n--a\nContent-Type: message/rfc822\n\n" + Inner3 + Text3 + "\n--a\nContent-Type: multipart/mixed; boundary=c\n\n" + Part4 + "\n--a--\n";
    private static readonly Given Complex = Given.Selected(Outer + Text);

    private const string Coded = "Subject: s\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Transfer-Encoding: base64\n\nR3LDvMOfZQo=\n--a\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\nAAECAw==\n--a\nContent-Transfer-Encoding: x-frob\n\nx\n--a\nContent-Transfer-Encoding: quoted-printable\n\nl=\n=61st\n--a--\n";
    private static readonly Given Encoded = Given.Selected(Coded);

    public static IReadOnlyList<Rule> Rows { get; } =
    [
        new("9051 6.4.5", "ALL is (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE).", Mail, "C: a FETCH 1 ALL", "S: * 1 FETCH (FLAGS () RFC822.SIZE 34 INTERNALDATE \"…\" " + Envelope + ")", "S: a OK …"),
        new("9051 6.4.5", "FAST is (FLAGS INTERNALDATE RFC822.SIZE).", Mail, "C: a FETCH 1 FAST", "S: * 1 FETCH (FLAGS () RFC822.SIZE 34 INTERNALDATE \"…\")", "S: a OK …"),
        new("9051 6.4.5", "FULL is (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY).", Mail, "C: a FETCH 1 FULL", "S: * 1 FETCH (FLAGS () RFC822.SIZE 34 INTERNALDATE \"…\" " + Envelope + " " + Body + ")", "S: a OK …"),
        new("9051 6.4.5", "A macro stands alone.", Mail, "C: a FETCH 1 (ALL)", "S: a BAD …", "C: b FETCH 1 (FAST UID)", "S: b BAD …", "C: c FETCH 1 FAST UID", "S: c BAD …"),
        new("9051 6.4.5", "An item stands alone or in a list; several need a list.", Mail, "C: a FETCH 1 UID", "S: * 1 FETCH (UID 1)", "C: b FETCH 1 (UID)", "S: * 1 FETCH (UID 1)", "C: c FETCH 1 (UID FLAGS)", "S: * 1 FETCH (UID 1 FLAGS ())", "C: d FETCH 1 UID FLAGS", "S: d BAD …"),
        new("9051 6.4.5", "An item that is not known is BAD, and so is an empty list.", Mail, "C: a FETCH 1 FROB", "S: a BAD …", "C: b FETCH 1 (UID FROB)", "S: b BAD …", "C: c FETCH 1 ()", "S: c BAD …", "C: d FETCH 1", "S: d BAD …"),
        new("9051 6.4.5", "Each message of the set is answered, once.", Given.Selected(4), "C: a FETCH 2:4,3,4 UID", "S: * 2 FETCH (UID 2)", "S: * 3 FETCH (UID 3)", "S: * 4 FETCH (UID 4)", "S: a OK …", "N: * 1 FETCH…"),
        new("9051 6.4.5", "What is static in a message stays the same from session to session.", Mail, "2: FETCH 1 (INTERNALDATE ENVELOPE RFC822.SIZE UID)", "O: * 1 FETCH (UID 1 RFC822.SIZE 34 INTERNALDATE \"‹date›\" " + Envelope + ")", "C: a STORE 1 FLAGS (\\Seen $Junk)", "C: b FETCH 1 (INTERNALDATE ENVELOPE RFC822.SIZE UID)", "S: * 1 FETCH (UID 1 RFC822.SIZE 34 INTERNALDATE \"‹date›\" " + Envelope + ")"),
        new("9051 6.4.5", "BODY is BODYSTRUCTURE without what extends it.", Mail, "C: a FETCH 1 BODY", "S: * 1 FETCH (" + Body + ")", "C: b FETCH 1 BODYSTRUCTURE", "S: * 1 FETCH (BODYSTRUCTURE (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 20 1 NIL NIL NIL NIL))"),
        new("9051 6.4.5", "BODY[] is the message.", Mail, "C: a FETCH 1 BODY.PEEK[]", "S: * 1 FETCH (BODY[] " + Literal(Plain) + ")", "S: a OK …"),
        new("9051 6.4.5", "BODY[] sets \\Seen and tells the flags that changed.", Mail, "C: a FETCH 1 BODY[TEXT]", "S: * 1 FETCH (FLAGS (\\Seen) BODY[TEXT] " + Literal("Twenty octets here\n") + ")", "C: b FETCH 1 BODY[TEXT]", "S: * 1 FETCH (BODY[TEXT] …", "N: …FLAGS…", "2: NOOP", "O: * 1 FETCH (…FLAGS (\\Recent \\Seen))"),
        new("9051 6.4.5", "BODY.PEEK[] does not set \\Seen, and is answered as BODY[].", Mail, "C: a FETCH 1 BODY.PEEK[TEXT]", "S: * 1 FETCH (BODY[TEXT] " + Literal("Twenty octets here\n") + ")", "C: b FETCH 1 FLAGS", "S: * 1 FETCH (FLAGS ())"),
        new("9051 6.4.5", "A part of the octets begins at the first number and is no longer than the second.", Mail, "C: a FETCH 1 BODY.PEEK[TEXT]<7.6>", "S: * 1 FETCH (BODY[TEXT]<7> " + Literal("octets") + ")", "S: a OK …"),
        new("9051 6.4.5", "A part that would go beyond the end is cut there, and is answered as a part even from 0 on.", Mail, "C: a FETCH 1 BODY.PEEK[]<0.2048>", "S: * 1 FETCH (BODY[]<0> " + Literal(Plain) + ")", "S: a OK …"),
        new("9051 6.4.5", "A part that begins beyond the end is empty.", Mail, "C: a FETCH 1 BODY.PEEK[]<2048.10>", "S: * 1 FETCH (BODY[]<2048> {0}\r\n)", "S: a OK …"),
        new("9051 6.4.5", "A part of HEADER.FIELDS is taken of what the fields are together.", Mail, "C: a FETCH 1 BODY.PEEK[HEADER.FIELDS (c)]<1.4>", "S: * 1 FETCH (BODY[HEADER.FIELDS (c)]<1> {4}\r\n: d\r)", "S: a OK …"),
        new("9051 6.4.5", "A part has two numbers, the second not 0.", Mail, "C: a FETCH 1 BODY.PEEK[]<0>", "S: a BAD …", "C: b FETCH 1 BODY.PEEK[]<0.0>", "S: b BAD …", "C: c FETCH 1 BODY.PEEK[]<.5>", "S: c BAD …"),
        new("9051 6.4.5", "The numbers of a part may have 63 bits.", Mail, "C: a FETCH 1 BODY.PEEK[TEXT]<13.9223372036854775807>", "S: * 1 FETCH (BODY[TEXT]<13> " + Literal(" here\n") + ")", "C: b FETCH 1 BODY.PEEK[]<9223372036854775807.1>", "S: * 1 FETCH (BODY[]<9223372036854775807> {0}\r\n)"),
        new("9051 6.4.5", "BINARY[] is a part without its transfer encoding, and sets \\Seen.", Encoded, "C: a FETCH 1 BINARY[1]", "S: * 1 FETCH (FLAGS (\\Seen) BINARY[1] {9}\r\nGr\u00c3\u00bc\u00c3\u009fe\r\n)", "S: a OK …"),
        new("9051 6.4.5", "BINARY.PEEK[] does not set \\Seen, and is answered as BINARY[].", Encoded, "C: a FETCH 1 BINARY.PEEK[4]", "S: * 1 FETCH (BINARY[4] {4}\r\nlast)", "C: b FETCH 1 FLAGS", "S: * 1 FETCH (FLAGS ())"),
        new("9051 6.4.5", "A part of BINARY[] is taken of what is decoded.", Encoded, "C: a FETCH 1 BINARY.PEEK[4]<1.2>", "S: * 1 FETCH (BINARY[4]<1> {2}\r\nas)", "S: a OK …"),
        new("9051 6.4.5", "BINARY.SIZE[] is the number of octets that BINARY[] gives.", Encoded, "C: a FETCH 1 (BINARY.SIZE[1] BINARY.SIZE[2] BINARY.SIZE[4])", "S: * 1 FETCH (BINARY.SIZE[1] 9 BINARY.SIZE[2] 4 BINARY.SIZE[4] 4)", "S: a OK …"),
        new("9051 6.4.5", "BINARY takes part numbers alone.", Encoded, "C: a FETCH 1 BINARY[TEXT]", "S: a BAD …", "C: b FETCH 1 BINARY[1.MIME]", "S: b BAD …", "C: c FETCH 1 BINARY.SIZE[1]<0.1>", "S: c BAD …"),
        new("9051 6.4.5", "FLAGS are the flags, INTERNALDATE the internal date, RFC822.SIZE the octets, UID the UID.", Given.Selected(0).Rev2(), "C: a APPEND INBOX (\\Draft) \"17-Jul-1996 02:44:25 -0700\" {3+}\r\na:b", "C: c FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE UID)", "S: * 1 FETCH (UID 1 FLAGS (\\Draft) RFC822.SIZE 3 INTERNALDATE \"17-Jul-1996 09:44:25 +0000\")"),

        new("9051 6.4.5.1", "A message that is not MIME has part 1, and no other.", Mail, "C: a FETCH 1 (BODY.PEEK[1] BODY.PEEK[2] BODY.PEEK[1.1])", "S: * 1 FETCH (BODY[1] " + Literal("Twenty octets here\n") + " BODY[2] NIL BODY[1.1] NIL)"),
        Section("", Outer + Text),
        Section("HEADER", Outer),
        Section("TEXT", Text),
        Section("1", "1"),
        Section("2", "2"),
        Section("3", Inner3 + Text3),
        Section("3.HEADER", Inner3),
        Section("3.TEXT", Text3),
        Section("3.1", "3.1"),
        Section("3.2", "3.2"),
        Section("4", Part4),
        Section("4.1", "4.1"),
        Section("4.1.MIME", Gif),
        Section("4.2.HEADER", Inner42),
        Section("4.2.TEXT", Text42),
        Section("4.2.1", "4.2.1"),
        Section("4.2.2.1", "4.2.2.1"),
        Section("4.2.2.2", "4.2.2.2"),
        Section("4.2.HEADER.FIELDS (subject)", "Subject: four two\n\n"),
        new("9051 6.4.5.1", "HEADER and TEXT of a part that is no message are nothing.", Complex, "C: a FETCH 1 (BODY.PEEK[1.HEADER] BODY.PEEK[1.TEXT] BODY.PEEK[4.HEADER])", "S: * 1 FETCH (BODY[1.HEADER] NIL BODY[1.TEXT] NIL BODY[4.HEADER] NIL)"),
        new("9051 6.4.5.1", "MIME needs a part number before it.", Complex, "C: a FETCH 1 BODY[MIME]", "S: a BAD …"),
        new("9051 6.4.5.1", "What is no number comes last in a section.", Complex, "C: a FETCH 1 BODY[TEXT.1]", "S: a BAD …", "C: b FETCH 1 BODY[3.HEADER.1]", "S: b BAD …"),
        new("9051 6.4.5.1", "The specifiers of a section stand with a period between them.", Complex, "C: a FETCH 1 BODY[3HEADER]", "S: a BAD …", "C: b FETCH 1 BODY[3.]", "S: b BAD …", "C: c FETCH 1 BODY[.3]", "S: c BAD …", "C: d FETCH 1 BODY[3..1]", "S: d BAD …"),
        new("9051 6.4.5.1", "Parts are numbered from 1 on.", Complex, "C: a FETCH 1 BODY[0]", "S: a BAD …", "C: b FETCH 1 BODY[3.0]", "S: b BAD …"),
        new("9051 6.4.5.1", "HEADER.FIELDS has the fields that are named, in any case, and the empty line.", Mail, "C: a FETCH 1 BODY.PEEK[HEADER.FIELDS (C X)]", "S: * 1 FETCH (BODY[HEADER.FIELDS (C X)] " + Literal("c: d\n\n") + ")"),
        new("9051 6.4.5.1", "HEADER.FIELDS.NOT has the other fields, and the empty line.", Mail, "C: a FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (C X)]", "S: * 1 FETCH (BODY[HEADER.FIELDS.NOT (C X)] " + Literal("a: b\n\n") + ")"),
        new("9051 6.4.5.1", "The name of a field is matched as a whole.", Given.Selected("Subject: s\nX-Subject: x\nSubjects: y\n\n"), "C: a FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]", "S: * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] " + Literal("Subject: s\n\n") + ")"),
        new("9051 6.4.5.1", "HEADER.FIELDS needs a list with a name in it.", Mail, "C: a FETCH 1 BODY[HEADER.FIELDS]", "S: a BAD …", "C: b FETCH 1 BODY[HEADER.FIELDS ()]", "S: b BAD …", "C: c FETCH 1 BODY[HEADER.FIELDS c]", "S: c BAD …"),
        new("9051 6.4.5.1", "A section that is not known is BAD.", Mail, "C: a FETCH 1 BODY[FROB]", "S: a BAD …", "C: b FETCH 1 BODY[", "S: b BAD …"),

        new("3501 6.4.5", "RFC822 is BODY[] by another name, and sets \\Seen.", Mail, "C: a FETCH 1 RFC822", "S: * 1 FETCH (FLAGS (\\Seen) RFC822 " + Literal(Plain) + ")", "S: a OK …"),
        new("3501 6.4.5", "RFC822.HEADER is BODY.PEEK[HEADER] by another name, and does not set \\Seen.", Mail, "C: a FETCH 1 RFC822.HEADER", "S: * 1 FETCH (RFC822.HEADER " + Literal("a: b\nc: d\n\n") + ")", "C: b FETCH 1 FLAGS", "S: * 1 FETCH (FLAGS ())"),
        new("3501 6.4.5", "RFC822.TEXT is BODY[TEXT] by another name, and sets \\Seen.", Mail, "C: a FETCH 1 RFC822.TEXT", "S: * 1 FETCH (FLAGS (\\Seen) RFC822.TEXT " + Literal("Twenty octets here\n") + ")", "S: a OK …"),
    ];

    private static Rule Section(string section, string text) =>
        new("9051 6.4.5.1", section.Length == 0 ? "In the example of the section BODY[] is the whole message." : $"In the example of the section BODY[{section}] is what it says.", Complex, $"C: a FETCH 1 BODY.PEEK[{section}]", $"S: * 1 FETCH (BODY[{section}] {Literal(text)})", "S: a OK …");

    private static string Literal(string text)
    {
        var octets = text.ReplaceLineEndings("\r\n");
        return FormattableString.Invariant($"{{{octets.Length}}}\r\n{octets}");
    }
}
