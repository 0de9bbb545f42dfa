namespace MailOps.Client.Mailboxes.Wire;

/// <summary>What a server's word about the size of a message is worth.</summary>
internal static class ToldSize
{
    /// <summary>How many octets may come of a message. Sizes that a server tells are not always exact; a message that is much larger than it was said to be is none.</summary>
    /// <param name="told">The size that the server told. It counts up to what IMAP can tell.</param>
    public static long MostOctets(long told) => 2 * Math.Min(told, uint.MaxValue) + 16 * 1024 * 1024;
}
