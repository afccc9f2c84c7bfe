using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Pipe;

// The messages of docs/card-protocol.md, field by field in their order on the wire. The agent reads requests and
// writes answers; the other two directions serve the tests, which hold both against the test vectors.

/// <summary>What every answer begins with.</summary>
internal sealed record AnswerHead(Problem Problem, string Message)
{
    public static AnswerHead Done { get; } = new(Problem.None, "");

    public static AnswerHead Read(PayloadReader reader) => new((Problem)reader.U16(), reader.Text());

    public void Write(PayloadWriter writer) => writer.U16((ushort)Problem).Text(Message);
}

internal sealed record HelloRequest(byte[] Instance)
{
    public static HelloRequest Read(PayloadReader reader) => new(reader.Raw(CardProtocol.InstanceLength));

    public void Write(PayloadWriter writer) => writer.Raw(Instance);
}

/// <param name="ConsentDeadline">Seconds that a person has to answer.</param>
internal sealed record HelloAnswer(string Agent, uint ConsentDeadline, CardMode Mode)
{
    public static HelloAnswer Read(PayloadReader reader) => new(reader.Text(), reader.U32(), (CardMode)reader.U8());

    public void Write(PayloadWriter writer) => writer.Text(Agent).U32(ConsentDeadline).U8((byte)Mode);
}

internal sealed record ListRequest(ulong KnownGeneration)
{
    public static ListRequest Read(PayloadReader reader) => new(reader.U64());

    public void Write(PayloadWriter writer) => writer.U64(KnownGeneration);
}

[Flags]
internal enum CardStates
{
    None = 0,
    SignedIn = 1,
    LoggedIn = 2,
}

internal sealed record ListAnswer(
    ulong Generation, CardStates State, CardMode Mode, string TokenLabel, string TokenSerial, IReadOnlyList<CardCredential> Credentials)
{
    public static ListAnswer Read(PayloadReader reader) => new(
        reader.U64(), (CardStates)reader.U8(), (CardMode)reader.U8(), reader.Text(), reader.Text(), reader.List(CardCredential.Read));

    public void Write(PayloadWriter writer) => writer
        .U64(Generation).U8((byte)State).U8((byte)Mode).Text(TokenLabel).Text(TokenSerial)
        .List(Credentials, (w, credential) => credential.Write(w));
}

/// <param name="A">RSA: modulus; EC: DER of the curve's OID.</param>
/// <param name="B">RSA: public exponent; EC: uncompressed point.</param>
internal sealed record CardCredential(
    string Id, string Label, byte[] CkaId, byte Purpose, byte Flags, byte KeyType, ushort KeyBits,
    byte[] A, byte[] B, byte Schemes, byte Hashes, IReadOnlyList<CardCertificate> Certificates)
{
    public static CardCredential Read(PayloadReader reader) => new(
        reader.Text(), reader.Text(), reader.Bytes(), reader.U8(), reader.U8(), reader.U8(), reader.U16(),
        reader.Bytes(), reader.Bytes(), reader.U8(), reader.U8(), reader.List(CardCertificate.Read));

    public void Write(PayloadWriter writer) => writer
        .Text(Id).Text(Label).Bytes(CkaId).U8(Purpose).U8(Flags).U8(KeyType).U16(KeyBits)
        .Bytes(A).Bytes(B).U8(Schemes).U8(Hashes)
        .List(Certificates, (w, certificate) => certificate.Write(w));
}

/// <param name="NotBefore"><c>YYYYMMDD</c>, and so <paramref name="NotAfter"/>.</param>
internal sealed record CardCertificate(
    byte[] Value, byte[] Subject, byte[] Issuer, byte[] Serial, string NotBefore, string NotAfter)
{
    private const int DateLength = 8;

    public static CardCertificate Read(PayloadReader reader) => new(
        reader.Bytes(), reader.Bytes(), reader.Bytes(), reader.Bytes(), ReadDate(reader), ReadDate(reader));

    public void Write(PayloadWriter writer) => writer
        .Bytes(Value).Bytes(Subject).Bytes(Issuer).Bytes(Serial)
        .Raw(System.Text.Encoding.ASCII.GetBytes(NotBefore)).Raw(System.Text.Encoding.ASCII.GetBytes(NotAfter));

    private static string ReadDate(PayloadReader reader) => System.Text.Encoding.ASCII.GetString(reader.Raw(DateLength));
}

/// <param name="Pin">Part of the frame's payload, which is zeroed after the call; empty = the agent asks.</param>
internal sealed record LoginRequest(ReadOnlyMemory<byte> Pin)
{
    public static LoginRequest Read(PayloadReader reader) => new(reader.View());

    public void Write(PayloadWriter writer) => writer.Bytes(Pin.Span);
}

/// <summary>SIGN; with <see cref="ReadFor"/> and <see cref="WriteFor"/>, SIGN_FOR.</summary>
/// <param name="Pin">As in <see cref="LoginRequest"/>; empty = none.</param>
/// <param name="Use">What the program says it is for, as it came; empty = nothing.</param>
internal sealed record SignRequest(
    string Credential, byte Scheme, byte Hash, ushort SaltLength, bool Silent, ulong Window, ReadOnlyMemory<byte> Pin, byte[] Digest, string Use = "")
{
    private const byte SilentFlag = 1;

    public static SignRequest Read(PayloadReader reader) => new(
        reader.Text(), reader.U8(), reader.U8(), reader.U16(), (reader.U8() & SilentFlag) != 0, reader.U64(), reader.View(), reader.Bytes());

    public void Write(PayloadWriter writer) => writer
        .Text(Credential).U8(Scheme).U8(Hash).U16(SaltLength).U8(Silent ? SilentFlag : (byte)0).U64(Window).Bytes(Pin.Span).Bytes(Digest);

    public static SignRequest ReadFor(PayloadReader reader) => Read(reader) with { Use = reader.Text() };

    public void WriteFor(PayloadWriter writer)
    {
        Write(writer);
        writer.Text(Use);
    }
}

internal sealed record SignAnswer(byte[] Signature)
{
    public static SignAnswer Read(PayloadReader reader) => new(reader.Bytes());

    public void Write(PayloadWriter writer) => writer.Bytes(Signature);
}

internal sealed record VerifyRequest(
    string Credential, byte Scheme, byte Hash, ushort SaltLength, byte[] Digest, byte[] Signature)
{
    public static VerifyRequest Read(PayloadReader reader) => new(
        reader.Text(), reader.U8(), reader.U8(), reader.U16(), reader.Bytes(), reader.Bytes());

    public void Write(PayloadWriter writer) => writer
        .Text(Credential).U8(Scheme).U8(Hash).U16(SaltLength).Bytes(Digest).Bytes(Signature);
}

internal sealed record VerifyAnswer(bool Valid)
{
    public static VerifyAnswer Read(PayloadReader reader) => new(reader.U8() != 0);

    public void Write(PayloadWriter writer) => writer.U8(Valid ? (byte)1 : (byte)0);
}

internal sealed record WaitRequest(ulong KnownGeneration)
{
    public static WaitRequest Read(PayloadReader reader) => new(reader.U64());

    public void Write(PayloadWriter writer) => writer.U64(KnownGeneration);
}

internal sealed record WaitAnswer(ulong Generation)
{
    public static WaitAnswer Read(PayloadReader reader) => new(reader.U64());

    public void Write(PayloadWriter writer) => writer.U64(Generation);
}
