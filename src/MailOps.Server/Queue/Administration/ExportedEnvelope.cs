using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Administration;

/// <summary>The envelope of an exported message, with what became of each recipient.</summary>
internal sealed record ExportedEnvelope
{
    public required string Id { get; init; }

    public required DateTimeOffset Received { get; init; }

    public required DateTimeOffset Expires { get; init; }

    public required DateTimeOffset NextTry { get; init; }

    public required long Size { get; init; }

    public required int Priority { get; init; }

    public required bool IsSuspended { get; init; }

    public required string Sender { get; init; }

    public DateTimeOffset? HeldUntil { get; init; }

    public DateTimeOffset? DeliverBy { get; init; }

    public string? DeliverByMode { get; init; }

    public string? EnvelopeId { get; init; }

    public required DsnReturn Return { get; init; }

    public required MessageBody Body { get; init; }

    public required bool IsUtf8 { get; init; }

    public required bool RequiresTls { get; init; }

    public required bool IsTlsOptional { get; init; }

    public string? Login { get; init; }

    public string? Client { get; init; }

    public required IReadOnlyList<ExportedRecipient> Recipients { get; init; }

    /// <summary>The envelope of a message as text.</summary>
    public static string TextOf(SpooledMessage message)
    {
        var (entry, envelope) = (message.Entry, message.Envelope);
        return JsonSerializer.Serialize(
            new ExportedEnvelope
            {
                Id = entry.Id.ToString(),
                Received = entry.Id.Arrived,
                Expires = envelope.Expires,
                NextTry = entry.Due,
                Size = entry.Size,
                Priority = entry.Priority,
                IsSuspended = entry.IsSuspended,
                Sender = envelope.Sender,
                HeldUntil = envelope.HeldUntil,
                DeliverBy = envelope.DeliverBy?.Time,
                DeliverByMode = envelope.DeliverBy?.Mode,
                EnvelopeId = envelope.EnvelopeId,
                Return = envelope.Return,
                Body = envelope.Body,
                IsUtf8 = envelope.IsUtf8,
                RequiresTls = envelope.RequiresTls,
                IsTlsOptional = envelope.IsTlsOptional,
                Login = envelope.Login,
                Client = envelope.Client,
                Recipients = [.. message.Recipients.Select(ExportedRecipient.Of)],
            },
            ExportedText.Readable.ExportedEnvelope) + "\n";
    }
}

/// <summary>A recipient of an exported message.</summary>
/// <param name="Address">The forward-path.</param>
/// <param name="State"><c>Waiting</c>, <c>Sent</c> or <c>Failed</c>.</param>
/// <param name="NextHop">The domain that its mail goes to.</param>
/// <param name="Route">The route that an administrator has given it, or null.</param>
/// <param name="Notify">What the sender wants to hear.</param>
/// <param name="Original">Whom the message was for at first, or null.</param>
/// <param name="Via">The address here whose mail is sent on to it, or null.</param>
/// <param name="ReturnPath">The reverse-path that its copy has, or null for the sender's.</param>
/// <param name="LastTry">When it was tried last, or null.</param>
/// <param name="Host">The server that answered then, or null.</param>
/// <param name="Reply">What it answered, or null.</param>
internal sealed record ExportedRecipient(string Address, string State, string NextHop, string? Route, DsnNotify Notify, string? Original, string? Via, string? ReturnPath, DateTimeOffset? LastTry, string? Host, string? Reply)
{
    public static ExportedRecipient Of(RecipientState state) => new(
        state.Recipient.Address,
        state.IsFinal ? state.Last!.Event.ToString() : "Waiting",
        state.Recipient.NextHop,
        state.Route,
        state.Recipient.Notify,
        state.Recipient.Original,
        state.Recipient.Via,
        state.Recipient.ReturnPath,
        state.Last?.Time,
        state.Last?.Host,
        state.Last?.Reply);
}

/// <summary>How an exported envelope is written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(ExportedEnvelope))]
internal sealed partial class ExportedText : JsonSerializerContext
{
    private static ExportedText? _readable;

    public static ExportedText Readable => _readable ??= new ExportedText(new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
