using System.Buffers;
using System.Text;
using MailOps.Sasl;
using MailOps.Server.Connections;
using MailOps.Wire;

namespace MailOps.Server.Accounts;

/// <summary>A SASL exchange over lines of base64, as SMTP (RFC 4954) and POP3 (RFC 5034) carry it. The protocol words the answers.</summary>
internal static class SaslLines
{
    /// <summary>Runs an exchange to its end.</summary>
    /// <param name="session">The session; ended when the client went away or sent too long a line.</param>
    /// <param name="authentication">Where logins are taken.</param>
    /// <param name="mechanism">The mechanism's name as the client sent it.</param>
    /// <param name="initialResponse">Base64, <c>=</c> for an empty one, or null if there is none.</param>
    /// <param name="challenge">Writes a challenge, given in base64.</param>
    public static async ValueTask<SaslLinesOutcome> RunAsync(LineSession session, Authentication authentication, string mechanism, string? initialResponse, Action<string> challenge)
    {
        var connection = session.Connection;
        if (authentication.Start(mechanism, connection) is not { } exchange)
        {
            return authentication.NeedsTls(mechanism, connection) ? SaslProblem.NeedsTls : SaslProblem.NotAvailable;
        }

        ReadOnlyMemory<byte>? response = null;
        if (initialResponse is not null)
        {
            if (!SaslBase64.TryDecodeResponse(Encoding.ASCII.GetBytes(initialResponse), out var decoded))
                return SaslProblem.NotBase64;
            response = decoded;
        }

        while (true)
        {
            switch (await authentication.StepAsync(exchange, response, connection))
            {
                case SaslStep.Success success:
                    return new SaslLinesOutcome(success.Account, null);

                case SaslStep.Failure failure:
                    return failure.Reason switch
                    {
                        SaslFailure.Malformed => SaslProblem.Malformed,
                        SaslFailure.ChannelBindingFailed => SaslProblem.ChannelBindingFailed,
                        SaslFailure.NotAuthorized => SaslProblem.NotAuthorized,
                        SaslFailure.TemporaryFailure => SaslProblem.TemporaryFailure,
                        SaslFailure.TooManyFailures => SaslProblem.TooManyFailures,
                        _ => SaslProblem.InvalidCredentials,
                    };

                case SaslStep.Challenge next:
                    challenge(Convert.ToBase64String(next.Data.Span));
                    var line = await session.ReadLineAsync();
                    if (line.Status is WireLineStatus.TooLong)
                    {
                        session.EndAs(ConnectionEnd.Dropped);
                        return SaslProblem.LineTooLong;
                    }

                    var content = line.Content.ToArray();
                    connection.Input.AdvanceTo(line.Next);
                    if (line.Status is WireLineStatus.End)
                    {
                        session.EndAs(ConnectionEnd.ClosedByPeer);
                        return SaslProblem.Cancelled;
                    }

                    // An interruption ends the exchange; the loop around says goodbye. "*" is the client's own (RFC 4954 section 4).
                    if (line.Status is WireLineStatus.Interrupted || content is [(byte)'*'])
                        return SaslProblem.Cancelled;
                    if (!SaslBase64.TryDecodeResponse(content, out var answer))
                        return SaslProblem.NotBase64;
                    response = answer;
                    break;
            }
        }
    }
}

/// <summary>How an exchange ended.</summary>
/// <param name="Account">The account, if the client is who it says.</param>
/// <param name="Problem">What went wrong otherwise.</param>
internal readonly record struct SaslLinesOutcome(string? Account, SaslProblem? Problem)
{
    public static implicit operator SaslLinesOutcome(SaslProblem problem) => new(null, problem);
}

/// <summary>Why an exchange did not succeed.</summary>
internal enum SaslProblem
{
    /// <summary>The mechanism is unknown or not offered here.</summary>
    NotAvailable,

    /// <summary>The mechanism sends the password itself, which is taken only under TLS.</summary>
    NeedsTls,

    /// <summary>A response is not base64.</summary>
    NotBase64,

    /// <summary>A response does not follow the mechanism's grammar.</summary>
    Malformed,

    /// <summary>A response is too long; the session ends.</summary>
    LineTooLong,

    /// <summary>The client gave up, or went away.</summary>
    Cancelled,

    /// <summary>Wrong name, password or proof.</summary>
    InvalidCredentials,

    /// <summary>The client is bound to another TLS connection, or was not told that it could be bound.</summary>
    ChannelBindingFailed,

    /// <summary>The client may not act as the identity it asked for.</summary>
    NotAuthorized,

    /// <summary>Too many logins failed: none is tried now.</summary>
    TooManyFailures,

    /// <summary>The accounts cannot be read now.</summary>
    TemporaryFailure,
}
