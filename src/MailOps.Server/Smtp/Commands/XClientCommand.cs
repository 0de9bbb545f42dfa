using MailOps.Server.Accounts;
using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>XCLIENT (an extension of Postfix): a proxy that is trusted says whom it speaks for, and the session begins anew for that client.</summary>
internal sealed class XClientCommand : SmtpCommand<XClientCommand.Arguments>
{
    public override string Name => "XCLIENT";

    public override SmtpStates States => SmtpStates.Fresh | SmtpStates.Ready;

    public override bool EndsGroup => true;

    public override string Usage => "XCLIENT attribute=value [attribute=value ...]";

    public override string? Announce(SmtpSession session) =>
        session.MayIntroduce ? $"XCLIENT {string.Join(' ', XClientAttributes.Names)}" : null;

    /// <param name="Attributes">What is said of the client.</param>
    /// <param name="Problem">The reply to what cannot be taken, or null.</param>
    internal readonly record struct Arguments(XClientAttributes Attributes, SmtpReply? Problem);

    protected override bool TryParse(ref SmtpReader reader, out Arguments arguments)
    {
        var attributes = new XClientAttributes();
        SmtpReply? problem = null;
        arguments = default;
        while (problem is null && reader.Space() && !reader.AtEnd)
        {
            if (!reader.Parameter(out var name, out var value))
                return false;
            problem = attributes.Take(name, value);
        }

        arguments = new Arguments(attributes, problem);
        return problem is null ? !attributes.IsEmpty : reader.Text(out _);
    }

    protected override async ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, Arguments arguments, CancellationToken cancel)
    {
        if (!session.MayIntroduce)
            return new SmtpReply(550, new EnhancedStatusCode(5, 7, 0), "XCLIENT is taken from trusted addresses only");
        if (arguments.Problem is { } problem)
            return problem;

        var attributes = arguments.Attributes;
        var account = attributes.Login is { } login ? await FindAccountAsync(session, login, cancel) : null;
        if (account is null && attributes.Login is not null)
            return new SmtpReply(501, new EnhancedStatusCode(5, 5, 4), "LOGIN is not the name of an account here");

        await session.IntroduceAsync(attributes, account);
        return SmtpReplies.Greeting(session.Options);
    }

    // The whole name, and no alias of it: what the account may do follows from this.
    private static async ValueTask<string?> FindAccountAsync(SmtpSession session, string login, CancellationToken cancel)
    {
        var answer = await session.Directory.FindRecipientAsync(login, cancel);
        return answer.Addressees is [{ Account: var account }] && login.Equals(account, StringComparison.OrdinalIgnoreCase) ? account : null;
    }
}
