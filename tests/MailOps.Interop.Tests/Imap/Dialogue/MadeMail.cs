using System.Globalization;
using System.Text;

namespace MailOps.Interop.Tests.Imap.Dialogue;

/// <summary>Well-formed mail made by chance from a known seed: every kind of part, encoding and address, as programs write them.</summary>
internal sealed class MadeMail
{
    private static readonly string[] Words = ["lunch", "report", "Grüße", "réunion", "плана", "会議", "invoice", "summer", "the", "for", "offer", "night"];
    private static readonly string[] Charsets = ["us-ascii", "utf-8", "iso-8859-1", "UTF-8"];

    private readonly Random _random;
    private readonly StringBuilder _text = new();

    private MadeMail(int seed) => _random = new Random(seed);

    /// <summary>One message, the same for the same number.</summary>
    public static byte[] Of(int number)
    {
        var mail = new MadeMail(number);
        mail.Write(number);
        return Encoding.Latin1.GetBytes(mail._text.ToString());
    }

    private bool Chance(double share) => _random.NextDouble() < share;

    private string Pick(params string[] choices) => choices[_random.Next(choices.Length)];

    private void Line(string line) => _text.Append(line).Append("\r\n");

    private void Write(int number)
    {
        var sent = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.FromHours(_random.Next(-8, 9))).AddMinutes(number * 37);
        if (Chance(0.97))
            Line("Date: " + sent.ToString("ddd, d MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture) + sent.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal));
        Line("From: " + Address());
        if (Chance(0.2))
            Line("Sender: " + Address());
        if (Chance(0.2))
            Line("Reply-To: " + Address());
        Line("To: " + string.Join(Chance(0.5) ? ", " : ",\r\n\t", Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Address())));
        if (Chance(0.3))
            Line("Cc: " + (Chance(0.2) ? $"Team: {Address()}, {Address()};" : Address()));
        if (Chance(0.95))
            Line("Subject: " + Pick("", "Re: ", "Fwd: ") + Encoded(string.Join(' ', Enumerable.Range(0, _random.Next(1, 8)).Select(_ => Pick(Words)))));
        Line($"Message-ID: <{number}.{_random.Next(1000)}@example.com>");
        if (Chance(0.4))
            Line($"In-Reply-To: <{Math.Max(0, number - 3)}.1@example.com>");
        if (Chance(0.3))
            Line($"References: <{Math.Max(0, number - 9)}.1@example.com>\r\n <{Math.Max(0, number - 3)}.1@example.com>");
        if (Chance(0.2))
            Line("X-Mailer: " + Pick("A", "B 1.0 (some; comment)", new string('m', 300)));
        if (Chance(0.15))
        {
            // As mail was before MIME.
            Line("");
            Text("us-ascii", "7bit");
            return;
        }

        Line("MIME-Version: 1.0");
        Part(depth: 0, number);
    }

    private string Address() => Pick("", "Jane Doe ", "\"Doe, John\" ", Encoded("Jörg Müller") + " ", "\"Quote \\\"d\\\"\" ")
        + $"<{Pick("jane", "john", "a.b+c", "\"odd name\"")}@{Pick("example.com", "mail.example.org")}>";

    private static string Encoded(string text) => text.All(char.IsAscii) ? text : $"=?utf-8?b?{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}?=";

    private void Part(int depth, int number)
    {
        switch (depth < 3 ? _random.Next(7) : _random.Next(2))
        {
            case 0 or 5:
                Leaf(Pick("text/plain", "text/html", "TEXT/Html"));
                break;
            case 1:
                Attachment();
                break;
            case 6:
                Line("Content-Type: message/rfc822");
                if (Chance(0.3))
                    Line("Content-Disposition: attachment; filename=\"forwarded.eml\"");
                Line("");
                var inner = new MadeMail(unchecked((number * 31) + depth + 1_000_000));
                inner._text.Append(CultureInfo.InvariantCulture, $"From: {Address()}\r\nSubject: inner {number}\r\n");
                if (depth < 2)
                    inner.Part(depth + 2, number);
                else
                    inner._text.Append("\r\nshort\r\n");
                _text.Append(inner._text);
                break;
            default:
                Multipart(depth, number);
                break;
        }
    }

    private void Multipart(int depth, int number)
    {
        var boundary = Pick("", "=_", "--Next") + string.Create(CultureInfo.InvariantCulture, $"b{depth}_{_random.Next(1_000_000)}");
        Line($"Content-Type: multipart/{Pick("mixed", "alternative", "related", "signed")};{Pick(" ", "\r\n\t")}boundary=\"{boundary}\"{Pick("", "; charset=utf-8")}");
        Line("");
        if (Chance(0.5))
            Line("This is a message in several parts.");
        for (var parts = _random.Next(1, 4); parts > 0; parts--)
        {
            Line("--" + boundary);
            Part(depth + 1, number + parts);
        }

        Line("--" + boundary + "--");
        if (Chance(0.3))
            Line("An epilogue.");
    }

    private void Leaf(string type)
    {
        var charset = Pick(Charsets);
        var encoding = Pick("7bit", "8bit", "quoted-printable", "base64", "Quoted-Printable");
        Line($"Content-Type: {type}; charset={Pick(charset, $"\"{charset}\"")}{Pick("", "; format=flowed", ";\r\n name=\"text.txt\"")}");
        Line("Content-Transfer-Encoding: " + encoding);
        if (Chance(0.2))
            Line("Content-ID: <part@example.com>");
        if (Chance(0.2))
            Line("Content-Description: a text");
        if (Chance(0.2))
            Line("Content-Language: " + Pick("en", "de, fr"));
        Line("");
        Text(charset, encoding);
    }

    private void Attachment()
    {
        Line($"Content-Type: {Pick("application/octet-stream", "image/png", "application/pdf")}; name=\"{Pick("a.bin", "b c.bin")}\"");
        Line("Content-Transfer-Encoding: base64");
        Line($"Content-Disposition: {Pick("attachment", "inline")}; filename={Pick("\"a.bin\"", "a.bin")}{Pick("", "; size=100")}");
        if (Chance(0.2))
            Line("Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==");
        if (Chance(0.2))
            Line("Content-Location: https://example.com/a.bin");
        Line("");
        var octets = new byte[_random.Next(10, 2000)];
        _random.NextBytes(octets);
        _text.Append(Convert.ToBase64String(octets, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\r\n")).Append("\r\n");
    }

    private void Text(string charset, string encoding)
    {
        var isAscii = charset == "us-ascii" || encoding == "7bit";
        var text = new StringBuilder();
        for (var lines = _random.Next(1, 12); lines > 0; lines--)
        {
            var words = Enumerable.Range(0, _random.Next(1, 10)).Select(_ => Pick(Words)).Where(word => word.All(c => isAscii ? c < 128 : charset != "iso-8859-1" || c < 256));
            text.Append(string.Join(' ', words)).Append("\r\n");
        }

        var octets = charset == "iso-8859-1" ? Encoding.Latin1.GetBytes(text.ToString()) : Encoding.UTF8.GetBytes(text.ToString());
        _text.Append(encoding.ToUpperInvariant() switch
        {
            "BASE64" => Convert.ToBase64String(octets, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\r\n") + "\r\n",
            "QUOTED-PRINTABLE" => string.Concat(octets.Select(octet => octet is (byte)'\r' or (byte)'\n' or (>= 32 and < 127 and not (byte)'=') ? ((char)octet).ToString() : string.Create(CultureInfo.InvariantCulture, $"={octet:X2}"))),
            _ => Encoding.Latin1.GetString(octets),
        });
    }
}
