using System.Text;
using MailOps.Sasl;
using MailOps.Wire;

namespace MailOps.Smtp;

/// <content>AUTH (RFC 4954).</content>
internal sealed partial class SmtpDialogue
{
    /// <summary>Runs one authentication exchange.</summary>
    /// <param name="client">The mechanism, new for this attempt.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The server's verdict: 235, or why not.</returns>
    /// <exception cref="MailSessionException">AuthenticationFailed if the server broke the mechanism's rules or could not prove that it knows the password.</exception>
    public async Task<SmtpReply> AuthenticateAsync(ISaslClient client, CancellationToken cancel)
    {
        var command = $"AUTH {client.Mechanism}";
        if (client.InitialResponse is { } initial)
            command += initial.IsEmpty ? " =" : $" {Encode(initial)}";

        await SendLineAsync(command, cancel).ConfigureAwait(false);
        while (true)
        {
            var reply = await ReadReplyAsync("AUTH", enhanced: true, _timeouts.Command, cancel).ConfigureAwait(false);
            if (reply.IsPositive && !client.IsComplete)
                throw new MailSessionException(MailSessionFault.AuthenticationFailed, $"{Host} reported success before the {client.Mechanism} exchange was over: it has not proved that it knows the password.");
            if (reply.Code != 334)
                return reply;

            string response;
            try
            {
                response = Encode(await client.StepAsync(Decode(reply.Lines[0]), cancel).ConfigureAwait(false));
            }
            catch (Exception e) when (e is SaslException or FormatException)
            {
                // RFC 4954 section 4: a lone * cancels the exchange.
                await SendLineAsync("*", cancel).ConfigureAwait(false);
                await ReadReplyAsync("AUTH", enhanced: true, _timeouts.Command, cancel).ConfigureAwait(false);
                throw new MailSessionException(MailSessionFault.AuthenticationFailed, $"The {client.Mechanism} exchange with {Host} failed: {e.Message}", e);
            }

            await SendLineAsync(response, cancel).ConfigureAwait(false);
        }
    }

    private string Encode(ReadOnlyMemory<byte> response)
    {
        var text = Convert.ToBase64String(response.Span);
        // Short responses are a constant of the mechanism, not a secret, and would mask half the transcript.
        if (text.Length >= 8)
            Transcript.Hide(text);
        return text;
    }

    private static byte[] Decode(string challenge)
    {
        try
        {
            return Convert.FromBase64String(challenge.Trim());
        }
        catch (FormatException e)
        {
            throw new FormatException("the server's challenge is not base64.", e);
        }
    }
}
