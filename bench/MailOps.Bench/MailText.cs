using System.Text;

namespace MailOps.Bench;

/// <summary>
/// Bodies that are compressed as well as those of people: half is text, with words as frequent as Zipf has them out of some thousand, half an attachment in base64 that
/// was compressed before, as pictures and documents are.
/// </summary>
internal static class MailText
{
    private const int LineOctets = 76;

    private static readonly string[] Words = MakeWords(4_000);

    public static void Write(StringBuilder text, int number, int length)
    {
        var random = new Random(number);
        text.Append("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=part\r\n\r\n--part\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
        for (var (end, line) = ((text.Length + length) / 2, 0); text.Length < end;)
        {
            // The tenth word comes a tenth as often as the first.
            var word = Words[(int)Math.Pow(Words.Length, random.NextDouble()) - 1];
            text.Append(word).Append(line > LineOctets - 10 ? "\r\n" : " ");
            line = line > LineOctets - 10 ? 0 : line + word.Length + 1;
        }

        text.Append("\r\n--part\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n");
        var octets = new byte[LineOctets * 3 / 4];
        while (text.Length < length)
        {
            random.NextBytes(octets);
            text.Append(Convert.ToBase64String(octets)).Append("\r\n");
        }
    }

    private static string[] MakeWords(int count)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => string.Concat(Enumerable.Range(0, 1 + random.Next(4)).Select(_ => $"{"bcdfghklmnprstvw"[random.Next(16)]}{"aeiou"[random.Next(5)]}")))];
    }
}
