using System.Buffers;
using MailOps.Server.Connections;
using MailOps.Smtp;
using MailOps.Wire;

namespace MailOps.Server.Smtp;

/// <summary>One command of SMTP.</summary>
internal abstract class SmtpCommand : LineCommand<SmtpSession, SmtpReply>
{
    /// <summary>Where the command is legal.</summary>
    public abstract SmtpStates States { get; }

    /// <summary>True if it is taken without TLS where TLS is required.</summary>
    public virtual bool IsLegalInClear => false;

    /// <summary>True if the client must have the reply before it goes on (RFC 2920 section 3.1): what comes behind the command in one go ends the session.</summary>
    public virtual bool EndsGroup => false;

    /// <summary>True if it brings no message nearer: a client may send only so many of these.</summary>
    public virtual bool IsJunk => false;

    public sealed override bool IsLegal(SmtpSession session) => States.HasFlag(session.State) && (IsLegalInClear || !session.NeedsTls);
}

/// <summary>A command with arguments of a type of its own.</summary>
internal abstract class SmtpCommand<TArguments> : SmtpCommand
{
    public sealed override ValueTask<SmtpReply> RunAsync(SmtpSession session, WireLine line, int verbLength)
    {
        var rest = line.Content.Slice(verbLength);
        var reader = new SmtpReader(rest.IsSingleSegment ? rest.FirstSpan : rest.ToArray());
        var parsed = TryParse(ref reader, out var arguments) && reader.OptionalSpace() && reader.AtEnd;
        session.Connection.Input.AdvanceTo(line.Next);
        if (IsJunk)
            session.CountJunk();
        return parsed
            ? ExecuteAsync(session, arguments, session.Connection.Aborted)
            : ValueTask.FromResult(SmtpReplies.Syntax(Usage));
    }

    protected abstract bool TryParse(ref SmtpReader reader, out TArguments arguments);

    protected abstract ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, TArguments arguments, CancellationToken cancel);
}

/// <summary>The arguments of a command that has none.</summary>
internal readonly record struct NoArguments;
