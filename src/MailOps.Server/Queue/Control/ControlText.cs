using System.Text.Json;
using System.Text.Json.Serialization;

namespace MailOps.Server.Queue.Control;

/// <summary>How requests and replies are written: JSON, each a line.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlReply))]
internal sealed partial class ControlText : JsonSerializerContext
{
    /// <summary>The longest request.</summary>
    public const int LongestRequest = 256 * 1024;

    /// <summary>The longest line of an answer: a message with tens of thousands of recipients.</summary>
    public const int LongestReply = 16 * 1024 * 1024;

    /// <summary>Ids that one request may name, so that it stays below the longest.</summary>
    public const int MostIds = 1000;
}
