using MailOps.Server.Accounts.Addresses;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>An accepted recipient.</summary>
/// <param name="Path">The forward-path as the client gave it.</param>
/// <param name="Addressees">The accounts that get the message; none if it goes to another server.</param>
/// <param name="Parameters">What came with it.</param>
internal readonly record struct SmtpRecipient(SmtpPath Path, IReadOnlyList<Addressee> Addressees, RcptParameters Parameters)
{
    /// <summary>True if the message goes to another server.</summary>
    public bool IsElsewhere => Addressees.Count == 0;

    /// <summary>True if an alias, or a rule of the domain, leads to other addresses.</summary>
    public bool IsExpanded => Addressees.Count > 1 || (Addressees is [var only] && !only.Address.Equals(Path.ToCanonical().ToString(), StringComparison.OrdinalIgnoreCase));

    /// <summary>True if the sender wants to hear that it was delivered here.</summary>
    public bool WantsReport => !IsElsewhere && Parameters.Notify.HasFlag(DsnNotify.Success);
}
