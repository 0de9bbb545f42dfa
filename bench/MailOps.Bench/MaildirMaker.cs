using System.Globalization;
using System.Text;

namespace MailOps.Bench;

/// <summary>Makes a Maildir that any server takes: plain messages with CRLF line ends and sizes in their names.</summary>
internal static class MaildirMaker
{
    public static int Make(string folder, int count, int length) => Make(folder, count, length, Repeat);

    /// <summary>Makes it with bodies of another kind.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="count">How many messages.</param>
    /// <param name="length">Octets of each.</param>
    /// <param name="write">Writes header fields of the content, the empty line and a body behind a header, up to a length, for a message by its number.</param>
    public static int Make(string folder, int count, int length, Action<StringBuilder, int, int> write)
    {
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Combine(folder, part));
        for (var i = 1; i <= count; i++)
        {
            // Four of five answer the message before.
            var references = i % 5 == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"References: <{i - 1}@example.org>\r\n");
            var header = string.Create(CultureInfo.InvariantCulture, $"From: Sender {i} <sender{i}@example.org>\r\nTo: Reader <reader@example.com>\r\nSubject: Message number {i}\r\nDate: Tue, 15 Jan 2008 16:02:43 +0000\r\nMessage-ID: <{i}@example.org>\r\n{references}");
            var text = new StringBuilder(header, length + 80);
            write(text, i, length - 2);
            text.Length = length - 2;
            text.Append("\r\n");
            var name = string.Create(CultureInfo.InvariantCulture, $"{1_200_000_000 + i}.M{i}P1.bench,S={length},W={length}:2,");
            File.WriteAllText(Path.Combine(folder, "cur", name), text.ToString(), Encoding.ASCII);
        }

        return 0;
    }

    private static void Repeat(StringBuilder text, int number, int length)
    {
        text.Append("\r\n");
        while (text.Length < length)
            text.Append("The quick brown fox jumps over the lazy dog and on to the next line.\r\n");
    }
}
