using System.Globalization;
using System.Text.RegularExpressions;
using MailKit.Net.Imap;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes.Wire;

/// <content>How large messages may be.</content>
internal sealed partial class ImapLane
{
    private (string Folder, long? Octets)? _limit;

    /// <summary>The largest message that a folder takes: the server's limit, or the folder's own where it has one (RFC 7889); null if nobody says.</summary>
    private async Task<long?> LimitOfAsync(string folder, CancellationToken cancel)
    {
        if (AppendLimit is not null || !Capabilities.HasFlag(ImapCapabilities.AppendLimit))
            return AppendLimit;
        if (_limit is var (known, octets) && known == folder)
            return octets;
        long? limit = null;
        try
        {
            await RunAsync($"STATUS {Quoted(folder)} (APPENDLIMIT)", $"tell the limit of {folder}", response =>
            {
                if (response is { Name: "STATUS", Values: [_, { Items: { } items }, ..] } && long.TryParse(ValueAfter(items, "APPENDLIMIT")?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var told))
                    limit = told;
            }, cancel).ConfigureAwait(false);
        }
        catch (MailSessionException e) when (e.Fault is MailSessionFault.CommandRefused)
        {
            // What is too large shows when it is sent.
        }

        _limit = (folder, limit);
        return limit;
    }

    // Of the message, however many are refused in the same words: Exchange and others have no code for it (RFC 4469 section 4.2, TOOBIG).
    private static bool IsAboutSize(string said) => TooLarge().IsMatch(said) && !Room().IsMatch(said);

    [GeneratedRegex(@"too (big|large)|(exceed|larger|over)\w* .*(size|limit|maximum)|(size|length)\b.* (exceed|limit)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TooLarge();

    [GeneratedRegex("quota|storage|mailbox|disk|rate", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Room();
}
