using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using MailOps.Sasl;
using MailOps.Smtp;
using MailOps.Wire;

namespace MailOps.Client.Sessions;

/// <summary>How a client says who it is over SMTP: its name, and its login.</summary>
internal static class SmtpLogin
{
    /// <summary>Logs in.</summary>
    /// <param name="dialogue">The conversation, after EHLO.</param>
    /// <param name="choice">By which mechanism.</param>
    /// <param name="credential">The name with a password or a token; both empty where the certificate says it.</param>
    /// <param name="port">The server's port, which a token may be bound to.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The mechanism's name.</returns>
    /// <exception cref="MailSessionException">No mechanism will do, or the server refused.</exception>
    public static async Task<string> LogInAsync(SmtpDialogue dialogue, MechanismChoice choice, NetworkCredential credential, int port, CancellationToken cancel)
    {
        var isNtlm = NtlmClient.Name.Equals(choice.Named, StringComparison.OrdinalIgnoreCase);
        var mechanism = isNtlm ? null : choice.Find() ?? throw choice.NotOffered();
        if (isNtlm && choice.Authorization is not null)
            throw choice.CannotAuthorize(NtlmClient.Name);
        if (isNtlm && (choice.HasToken || !choice.HasCredential))
            throw new MailSessionException(MailSessionFault.AuthenticationNotOffered, $"NTLM needs a name and a password for {choice.Server}: give a credential.");
        ISaslClient client;
        SmtpReply reply;
        try
        {
            client = mechanism is null ? new NtlmClient(credential) : mechanism.Client(new SaslClientContext(credential.UserName, credential.Password)
            {
                Authorization = choice.Authorization ?? "",
                Binding = choice.Binding,
                Offered = choice.Offered,
                Host = choice.Server,
                Port = port,
            });
            reply = await dialogue.AuthenticateAsync(client, cancel).ConfigureAwait(false);
        }
        catch (SaslException e)
        {
            throw new MailSessionException(MailSessionFault.AuthenticationFailed, e.Message, e);
        }

        if (reply.IsPositive)
            return client.Mechanism;
        var reason = client.Refusal is { } refusal ? $" ({refusal})" : "";
        throw new MailSessionException(MailSessionFault.AuthenticationFailed, $"{choice.Server} refused the login{(credential.UserName.Length > 0 ? $" of {credential.UserName}" : "")}{(choice.Authorization is { } other ? $" as {other}" : "")} with {client.Mechanism}: {dialogue.Transcript.Mask(reply + reason)}");
    }

    /// <summary>The name by which this machine calls itself, or its address as a literal (RFC 5321 section 4.1.4).</summary>
    public static string OwnName(IPEndPoint? local)
    {
        var own = IPGlobalProperties.GetIPGlobalProperties();
        var name = own.DomainName.Length > 0 && !own.HostName.Contains('.', StringComparison.Ordinal) ? $"{own.HostName}.{own.DomainName}" : own.HostName;
        if (name.Contains('.', StringComparison.Ordinal) || local is null)
            return name;

        var address = local.Address.IsIPv4MappedToIPv6 ? local.Address.MapToIPv4() : local.Address;
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{address}]" : $"[{address}]";
    }
}
