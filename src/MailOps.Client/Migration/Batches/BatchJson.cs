using System.Text.Json.Serialization;

namespace MailOps.Client.Migration.Batches;

/// <summary>What a store keeps as text.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MigrationSettings))]
internal sealed partial class BatchJson : JsonSerializerContext;
