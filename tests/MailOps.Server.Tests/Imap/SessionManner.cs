namespace MailOps.Server.Tests.Imap;

/// <summary>How a session wants to hear of changes.</summary>
/// <param name="Enables">What it enables.</param>
/// <param name="Hearing">When it hears of the mailbox that it has selected.</param>
/// <param name="HearsOthers">True if it hears of mailboxes that are not selected (NOTIFY).</param>
/// <param name="HearsTheirFlags">True if it hears of changed flags there.</param>
/// <param name="AsksStatus">True if it asks first where these stand.</param>
internal sealed record SessionManner(string Enables, Hearing Hearing, bool HearsOthers, bool HearsTheirFlags, bool AsksStatus)
{
    private static readonly string[] AllEnables = ["", "", "CONDSTORE", "QRESYNC", "QRESYNC", "UIDONLY", "UIDONLY QRESYNC", "IMAP4rev2", "IMAP4rev2 QRESYNC", "IMAP4rev2 UIDONLY CONDSTORE"];

    /// <summary>It hears of mod-sequences.</summary>
    public bool HasModSeqs => ComesBack || Enables.Contains("CONDSTORE", StringComparison.Ordinal);

    /// <summary>It keeps what it knows of a mailbox that it leaves, and asks for the rest.</summary>
    public bool ComesBack => Enables.Contains("QRESYNC", StringComparison.Ordinal);

    public bool IsUidOnly => Enables.Contains("UIDONLY", StringComparison.Ordinal);

    public bool IsRev2 => Enables.Contains("rev2", StringComparison.Ordinal);

    /// <summary>It hears of expunges by UID.</summary>
    public bool HearsVanished => ComesBack || IsUidOnly;

    /// <summary>Something may be told while no command runs.</summary>
    public bool HearsBetween => Hearing is Hearing.AtOnce or Hearing.Delayed;

    /// <summary>What it asks NOTIFY for; null if it does not.</summary>
    public string? Notify
    {
        get
        {
            var flags = HearsTheirFlags ? " FlagChange" : "";
            string[] groups =
            [
                Hearing switch
                {
                    Hearing.AtOnce => " (selected (MessageNew (uid flags) MessageExpunge FlagChange))",
                    Hearing.Delayed => " (selected-delayed (MessageNew (uid flags) MessageExpunge FlagChange))",
                    _ => "",
                },
                HearsOthers ? $" (personal (MessageNew MessageExpunge{flags} MailboxName))" : "",
            ];
            var all = string.Concat(groups);
            return all.Length == 0 ? null : $"notify set{(AsksStatus ? " status" : "")}{all}";
        }
    }

    public static SessionManner Any(Random random)
    {
        var hearing = random.Next(7) switch
        {
            0 or 1 => Hearing.AtOnce,
            2 or 3 => Hearing.Delayed,
            4 => Hearing.OfOthersAlone,
            _ => Hearing.WithCommands,
        };
        var hearsOthers = hearing == Hearing.OfOthersAlone || (hearing != Hearing.WithCommands && random.Next(2) == 0);
        return new SessionManner(AllEnables[random.Next(AllEnables.Length)], hearing, hearsOthers, random.Next(2) == 0, random.Next(2) == 0);
    }
}
