using System.Text;
using MimeKit;

namespace MailOps.Client.Tests.Protection;

/// <summary>Adds to what was signed.</summary>
internal static class SurroundingsExtensions
{
    /// <summary>The message with a stranger's words in it.</summary>
    public static string AddTo(this Surroundings where, string message, string words = "Pay Eve")
    {
        var boundary = "--" + MimeMessage.Load(new MemoryStream(Encoding.Latin1.GetBytes(message))).Body!.ContentType.Boundary;
        var (first, last) = (message.IndexOf(boundary, StringComparison.Ordinal), message.LastIndexOf(boundary + "--", StringComparison.Ordinal));
        return where switch
        {
            Surroundings.Part => $"{message[..last]}{boundary}\r\nContent-Type: text/html\r\n\r\n{words}\r\n{boundary}--\r\n",
            Surroundings.Preamble => $"{message[..first]}{words}\r\n{message[first..]}",
            _ => $"{message[..last]}{boundary}--\r\n{words}\r\n",
        };
    }
}
