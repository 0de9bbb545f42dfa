using System.Diagnostics.CodeAnalysis;
using MailOps.Maildir.Access;
using MailOps.Sasl;
using MailOps.Server.Accounts;

namespace MailOps.Server.Imap.Acl;

/// <summary>An identifier as a client writes it (RFC 4314 section 2).</summary>
/// <param name="Identifier">Whom it means.</param>
/// <param name="IsNegative">True if it begins with a dash: rights are taken then, whatever grants them.</param>
internal sealed record AclIdentifier(AccessIdentifier Identifier, bool IsNegative)
{
    /// <summary>Reads one. A bare name is one in the domain of who writes it.</summary>
    /// <param name="text">What stands in the command.</param>
    /// <param name="account">The account of who writes it.</param>
    /// <param name="identifier">The identifier.</param>
    /// <param name="refusal">Why it is none.</param>
    public static bool TryParse(string text, string account, [NotNullWhen(true)] out AclIdentifier? identifier, out Completion refusal)
    {
        (identifier, refusal) = (null, Completion.Bad("An identifier is the name of an account, anyone, authenticated or owner, with a dash before it to take rights"));

        // RFC 4314 section 3.
        if (!SaslPrep.TryPrepare(text, out var prepared))
            return false;
        var isNegative = prepared.StartsWith('-');
        var name = isNegative ? prepared[1..] : prepared;
        if (name.Length == 0)
            return false;
        if (Find(name, account) is { } found)
        {
            identifier = new AclIdentifier(found, isNegative);
            return true;
        }

        refusal = name[0] is '$' or '!' or '#'
            ? Completion.No(ResponseCode.Cannot, "There are no groups here: rights are given to accounts, anyone, authenticated and owner")
            : Completion.No(ResponseCode.Cannot, "No account can have this name");
        return false;
    }

    private static AccessIdentifier? Find(string name, string account) => name.ToLowerInvariant() switch
    {
        "anyone" or "anonymous" => AccessIdentifier.Anyone,
        "authenticated" => AccessIdentifier.Authenticated,
        "owner" => AccessIdentifier.Owner,
        _ when name[0] is '$' or '!' && !name.Contains('@', StringComparison.Ordinal) => null,
        _ => AccountName.TryParse(name, account[(account.LastIndexOf('@') + 1)..], out var canonical) ? AccessIdentifier.User(canonical) : null,
    };
}
