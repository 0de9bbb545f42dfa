using MailOps.Sasl;

namespace MailOps.Server.Imap.Commands;

/// <summary>LOGIN (RFC 3501 section 6.2.3).</summary>
internal sealed class LoginCommand : ImapCommand<LoginArguments>
{
    public override string Name => "LOGIN";

    public override ImapStates States => ImapStates.NotAuthenticated;

    protected override bool TryParse(ref ImapReader reader, out LoginArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.AString(out var user) && reader.Space() && reader.AString(out var password)))
            return false;
        arguments = new LoginArguments(user, password);
        return true;
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, LoginArguments arguments, CancellationToken cancel)
    {
        if (!session.MayUsePlaintext)
            return Completion.No(ResponseCode.PrivacyRequired, "A password needs TLS first: use STARTTLS");

        var step = await session.Authentication.LoginAsync(arguments.User, arguments.Password, Name, session.Connection);
        return await Login.ConcludeAsync(session, step, cancel);
    }
}

/// <summary>A name and a password.</summary>
internal readonly record struct LoginArguments(string User, string Password)
{
    /// <summary>Never the password.</summary>
    public override string ToString() => User;
}
