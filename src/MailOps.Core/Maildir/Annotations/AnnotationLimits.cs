namespace MailOps.Maildir.Annotations;

/// <summary>What annotations may be (RFC 5464 section 4.1 asks for 1,024 octets and 10 entries at least).</summary>
public static class AnnotationLimits
{
    /// <summary>The octets of a value.</summary>
    public const int LongestValue = 64 * 1024;

    /// <summary>The entries of a mailbox, and of an account.</summary>
    public const int MostEntries = 100;
}
