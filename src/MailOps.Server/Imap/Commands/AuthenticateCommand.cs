using System.Buffers;
using System.Text;
using MailOps.Sasl;
using MailOps.Wire;

namespace MailOps.Server.Imap.Commands;

/// <summary>AUTHENTICATE (RFC 3501 section 6.2.2) with SASL-IR (RFC 4959).</summary>
internal sealed class AuthenticateCommand : ImapCommand<AuthenticateArguments>
{
    // Longer than any response of the mechanisms that are offered.
    private const int MaxResponse = 12 * 1024;

    public override string Name => "AUTHENTICATE";

    public override ImapStates States => ImapStates.NotAuthenticated;

    protected override bool TryParse(ref ImapReader reader, out AuthenticateArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Atom(out var mechanism)))
            return false;

        string? initial = null;
        if (reader.Space())
        {
            // "=" stands for an initial response without octets.
            if (!reader.Atom(out initial))
                return false;
        }

        arguments = new AuthenticateArguments(mechanism, initial);
        return true;
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, AuthenticateArguments arguments, CancellationToken cancel)
    {
        if (session.Authentication.Start(arguments.Mechanism, session.Connection) is not { } exchange)
        {
            return session.Authentication.NeedsTls(arguments.Mechanism, session.Connection)
                ? Completion.No(ResponseCode.PrivacyRequired, "This mechanism is not offered without TLS: use STARTTLS")
                : Completion.No(ResponseCode.Cannot, "This mechanism is not offered; CAPABILITY names those that are");
        }

        ReadOnlyMemory<byte>? response = null;
        if (arguments.InitialResponse is { } initial)
        {
            if (!SaslBase64.TryDecodeResponse(Encoding.ASCII.GetBytes(initial), out var octets))
                return Completion.Bad("The initial response is not base64");
            response = octets;
        }

        while (true)
        {
            var step = await session.Authentication.StepAsync(exchange, response, session.Connection);
            if (step is not SaslStep.Challenge challenge)
                return await Login.ConcludeAsync(session, step, cancel);

            session.Replies.Continue(Convert.ToBase64String(challenge.Data.Span));
            await session.Replies.FlushAsync();
            var line = await session.Input.ReadLineAsync(MaxResponse, cancel);
            if (line.Status == WireLineStatus.Interrupted)
                return session.SayBye();
            if (line.Status == WireLineStatus.TooLong && await session.Input.DiscardAsync(line, ImapProtocol.MaxDiscard))
                return Completion.Bad("The response is longer than that of any mechanism");
            if (line.Status != WireLineStatus.Line)
                return Completion.Hangup;

            var content = line.Content.ToArray();
            session.Input.Advance(line);
            if (content is [(byte)'*'])
                return Completion.Bad("Authentication was given up");
            if (!SaslBase64.TryDecodeResponse(content, out var decoded))
                return Completion.Bad("The response is not base64");
            response = decoded;
        }
    }
}

/// <summary>A mechanism, and the first response in base64 if it came along.</summary>
internal readonly record struct AuthenticateArguments(string Mechanism, string? InitialResponse)
{
    /// <summary>Never the response.</summary>
    public override string ToString() => Mechanism;
}
