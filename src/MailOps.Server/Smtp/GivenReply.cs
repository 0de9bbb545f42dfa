using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>Replies of SMTP that somebody wrote down: an administrator, or a script of his.</summary>
public static class GivenReply
{
    private const int LongestText = 400;

    /// <summary>Reads a refusal that was looked at before.</summary>
    /// <param name="text">The reply, on one line.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static SmtpReply Parse(string text) => TryParse(text, out var reply) ? reply : throw new FormatException($"'{text}' is no refusal of SMTP.");

    /// <summary>Reads a refusal such as <c>550 5.7.1 Not from you</c> or <c>451 try again later</c>. Without an enhanced code it gets the general one of its class.</summary>
    /// <param name="text">The reply, on one line.</param>
    /// <param name="reply">The reply.</param>
    /// <returns>False if it is none: the code must be 400 to 599, an enhanced code of the same class, the text printable and not too long.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out SmtpReply? reply)
    {
        reply = null;
        if (text.Length < 3 || (text.Length > 3 && text[3] != ' ') || text.Length > LongestText || text.Any(char.IsControl)
            || !int.TryParse(text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code) || code is < 400 or > 599)
            return false;

        var rest = text.Length > 4 ? text[4..].Trim() : "";
        var enhanced = new EnhancedStatusCode((byte)(code / 100), 0, 0);
        if (EnhancedStatusCode.TryParse(rest, out var given))
        {
            if (given.Class != code / 100)
                return false;
            enhanced = given;
            rest = rest.IndexOf(' ', StringComparison.Ordinal) is var space and > 0 ? rest[(space + 1)..].Trim() : "";
        }

        reply = new SmtpReply(code, enhanced, rest.Length > 0 ? rest : code < 500 ? "Not now, try again later" : "Refused");
        return true;
    }
}
