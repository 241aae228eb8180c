// What a public name must say about itself: CONTRIBUTING.md, "Documentation". TypeDoc's own checks find
// links that lead nowhere and parameters that are not there.
//
// A breach is a warning, and warnings fail the build.

import { readFileSync } from 'node:fs';

import { Application, Converter, ReflectionKind } from 'typedoc';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => leaveOut(project));
  app.on(Application.EVENT_VALIDATE_PROJECT, (project) => {
    const callables = project.getReflectionsByKind(ReflectionKind.SomeSignature).filter(isCallable);
    const warn = (reflection, what) => app.logger.warn(`${reflection.getFriendlyFullName()} ${what}`);
    checkDescriptions(project, warn);
    for (const callable of callables) {
      checkParameters(callable, warn);
      checkThrows(callable, warn);
    }
    checkOptions(project, warn);
    checkExamples(project, callables, warn);
  });
}

/**
 * What nobody calls: members that a handle has for the library itself or for `console.log`, and the
 * constructors of errors, which are met, not made.
 */
function leaveOut(project) {
  for (const accessor of project.getReflectionsByKind(ReflectionKind.Accessor)) {
    if (/^\[(?:HANDLE_OF|toStringTag)\]$/.test(accessor.name)) project.removeReflection(accessor);
  }
  for (const type of project.getReflectionsByKind(ReflectionKind.Class).filter(isError)) {
    const unsaid = ({ name }) => name === 'constructor' || name === 'name';
    for (const member of type.children.filter(unsaid)) project.removeReflection(member);
  }
}

function isError(type) {
  return type.extendedTypes?.some(({ name }) => name.endsWith('Error')) ?? false;
}

/** What a user calls: not the type of a callback, and not what is inherited and documented there. */
function isCallable(signature) {
  const owners =
    ReflectionKind.FunctionOrMethod | ReflectionKind.Constructor | ReflectionKind.Interface;
  const isCall = signature.kindOf(ReflectionKind.CallSignature | ReflectionKind.ConstructorSignature);
  return isCall && !isInherited(signature) && signature.parent.kindOf(owners);
}

/** From something that is public itself. */
function isInherited({ inheritedFrom }) {
  return inheritedFrom?.reflection !== undefined;
}

/**
 * Every name has a description, and every member but those of a type that is written where it is used;
 * which TypeDoc's own check wants too.
 */
function checkDescriptions(project, warn) {
  const kinds = ReflectionKind.SomeModule | ReflectionKind.SomeExport | ReflectionKind.SomeMember;
  for (const reflection of project.getReflectionsByKind(kinds)) {
    const { parent, getSignature, signatures } = reflection;
    if (isInherited(reflection) || parent.kindOf(ReflectionKind.TypeLiteral | ReflectionKind.Project)) continue;
    if (reflection.kindOf(ReflectionKind.Reference)) continue;
    for (const it of signatures ?? [getSignature ?? reflection]) {
      const { summary, blockTags } = it.comment ?? {};
      const isMade = reflection.kindOf(ReflectionKind.Constructor); // the class says what it is
      if (!isMade && textOf(summary) === '' && blockTags === undefined) warn(it, 'has no description');
    }
  }
}

/** Every parameter has a description; a duration's names its unit. */
function checkParameters(signature, warn) {
  for (const { name, comment } of signature.parameters ?? []) {
    const text = textOf(comment?.summary);
    if (text === '') warn(signature, `does not describe a parameter: @param ${name}`);
    if (name === 'ms' && !/\bmilliseconds\b/.test(text)) warn(signature, `does not say the unit of ${name}`);
  }
}

/** What an option is when it is left out is said by `@default`. */
function checkOptions(project, warn) {
  for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
    if (!property.parent.name.endsWith('Options') || !property.flags.isOptional) continue;
    if (property.comment?.getTag('@default') === undefined) warn(property, 'has no @default');
  }
}

/** The codes that there are. */
const errors = readFileSync(new URL('../errors.md', import.meta.url), 'utf8');
const codes = new Set(errors.match(/\bERR_\w+/g));

/** Classes of several codes: a `@throws` that names one of these says which. */
const severalCodes = /^(?:GoPanic|TypeError|RangeError)\b/;

/**
 * Who takes what can be wrong, a parameter that may not be just anything, says what is thrown then: the
 * error's class, and the code, which docs/errors.md has.
 */
function checkThrows(signature, warn) {
  const throws = signature.comment?.getTags('@throws') ?? [];
  const ofPromises = /^(?:catch|finally)$/.test(signature.name); // they refuse nothing
  const refuses = !ofPromises && (signature.parameters ?? []).some(({ type }) => !takesAnything(type));
  if (refuses && throws.length === 0) warn(signature, 'takes arguments and has no @throws');
  for (const text of throws.map(({ content }) => textOf(content))) {
    const named = text.match(/\bERR_\w+/g) ?? [];
    for (const code of named) if (!codes.has(code)) warn(signature, `throws ${code}, which docs/errors.md lacks`);
    if (named.length === 0 && severalCodes.test(text)) warn(signature, `has a @throws without a code: ${text}`);
  }
}

function takesAnything(type) {
  if (type === undefined) return true;
  if (type.type === 'intrinsic') return type.name === 'unknown';
  return type.type === 'reference' && type.refersToTypeParameter;
}

/**
 * Functions, classes, and interfaces with methods have an example, and each of their methods is called
 * there or in an example of its own.
 */
function checkExamples(project, callables, warn) {
  const kinds = ReflectionKind.Function | ReflectionKind.Class | ReflectionKind.Interface;
  for (const reflection of project.getReflectionsByKind(kinds)) {
    const called = callables.some(({ parent }) => parent === reflection || parent.parent === reflection);
    if (called && examplesOf(reflection) === '') warn(reflection, 'has no @example');
  }
  for (const signature of callables) {
    const { name, parent } = signature;
    if (!parent.kindOf(ReflectionKind.Method) || name.startsWith('[')) continue;
    const examples = `${examplesOf(signature)}\n${examplesOf(parent.parent)}`;
    if (!new RegExp(`\\.${name}\\(`).test(examples)) warn(signature, 'is in no @example, its own or its type\'s');
  }
}

function examplesOf(reflection) {
  const comments = [reflection, ...(reflection.signatures ?? [])].map(({ comment }) => comment);
  const tags = comments.flatMap((comment) => comment?.getTags('@example') ?? []);
  return tags.map(({ content }) => textOf(content)).join('\n');
}

function textOf(parts = []) {
  return parts.map(({ text }) => text).join('').trim();
}
