using MailOps.Smtp;

namespace MailOps.Server.Queue.Routing;

/// <summary>Whose queue a recipient waits in before any route is looked at.</summary>
internal static class NextHops
{
    /// <summary>The domain of an address with A-labels and in small letters, or its address literal as it stands.</summary>
    public static string Of(string address)
    {
        var domain = address[(address.LastIndexOf('@') + 1)..];
        return InternationalText.TryToAscii(domain, out var ascii) ? ascii.ToLowerInvariant() : domain.ToLowerInvariant();
    }
}
