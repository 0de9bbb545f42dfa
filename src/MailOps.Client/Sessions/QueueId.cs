using MailOps.Smtp;

namespace MailOps.Client.Sessions;

/// <summary>The id under which a server took a message, as most of them tell it.</summary>
internal static class QueueId
{
    private const string Mark = "queued as ";

    /// <summary>The id in a reply of the form <c>queued as …</c>, or null.</summary>
    public static string? In(SmtpReply reply)
    {
        foreach (var line in reply.Lines)
        {
            var at = line.IndexOf(Mark, StringComparison.OrdinalIgnoreCase);
            if (at >= 0)
            {
                var id = line.AsSpan(at + Mark.Length).Trim();
                var end = id.IndexOfAny(" )>,;");
                return (end < 0 ? id : id[..end]).TrimEnd('.').ToString();
            }
        }

        return null;
    }
}
