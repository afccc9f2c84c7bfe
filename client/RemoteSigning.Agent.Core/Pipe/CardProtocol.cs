namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>Numbers of <c>docs/card-protocol.md</c>.</summary>
internal static class CardProtocol
{
    public const ushort Version = 1;

    /// <summary>Set in the verb of an answer.</summary>
    public const ushort AnswerBit = 0x8000;

    public const int MaximumRequest = 65_536;
    public const int MaximumAnswer = 1_048_576;
    public const int InstanceLength = 16;
    public const int MaximumPin = 64;
    public const int MaximumCredentials = 128;
    public const int MaximumCertificates = 10;
    public const int MaximumCertificate = 16_384;
    public const int MaximumText = 255;
}
