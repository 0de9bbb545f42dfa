using MailOps.Smtp;
using MailOps.Transcripts;
using MailOps.Wire;

namespace MailOps.Client.Sessions;

/// <summary>Sends single messages over sessions of their own, with control of every octet and a record of every step.</summary>
public static class SmtpSender
{
    /// <summary>Sends one message. What the server refuses is in the result; only what ends the session is an exception.</summary>
    /// <param name="options">What to send, and how.</param>
    /// <param name="clock">Where times and timeouts come from.</param>
    /// <param name="cancel">Ends the session at once; a message whose end was not yet sent is then not delivered.</param>
    /// <exception cref="SmtpSendException">No connection, no TLS, no login, a server that is silent, leaves, or speaks something else; with the result so far.</exception>
    /// <exception cref="ArgumentException">The options contradict each other, or a command holds a line end.</exception>
    public static async Task<SmtpSendResult> SendAsync(SmtpSendOptions options, TimeProvider clock, CancellationToken cancel)
    {
        var envelope = SmtpEnvelope.Of(options);
        SmtpSendRules.Check(options);

        var transcript = new Transcript(clock);
        if (options.Credential is { Password: { } password })
            transcript.Hide(password);

        var result = new SmtpSendResult { Server = options.Server, Port = options.Port, Sender = envelope.Sender };
        SmtpDialogue? dialogue = null;
        try
        {
            dialogue = await SmtpDialogue.ConnectAsync(options.Server, options.Port, SmtpTimeouts.All(options.Timeout), clock, transcript, cancel).ConfigureAwait(false);
            result.RemoteEndPoint = dialogue.Remote?.ToString();
            await new SmtpSendSession(options, envelope, dialogue, result, clock).RunAsync(cancel).ConfigureAwait(false);
            return result;
        }
        catch (MailSessionException e)
        {
            throw new SmtpSendException(e, result);
        }
        finally
        {
            if (dialogue is not null)
            {
                result.Tls = dialogue.Tls;
                await dialogue.DisposeAsync().ConfigureAwait(false);
            }

            result.Transcript = transcript.Entries;
            result.Elapsed = transcript.Elapsed;
        }
    }
}
