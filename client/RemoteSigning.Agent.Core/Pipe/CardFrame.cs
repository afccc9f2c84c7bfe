namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>One message of the card protocol, without its length field.</summary>
internal sealed record CardFrame(ushort Version, ushort Verb, uint RequestId, byte[] Payload);
